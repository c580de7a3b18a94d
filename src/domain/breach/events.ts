/** A personal data breach, from when it became known to its end (Art. 33, 34 GDPR). Times are epoch milliseconds. */
export type BreachEvent =
  | BreachRecorded
  | BreachAssessed
  | AffectedPersonsCounted
  | AuthorityNotified
  | AffectedPersonsNotified
  | BreachClosed;

export const breachEventTypes = [
  'BreachRecorded',
  'BreachAssessed',
  'AffectedPersonsCounted',
  'AuthorityNotified',
  'AffectedPersonsNotified',
  'BreachClosed',
] as const satisfies readonly BreachEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(breachEventTypes);

export function isBreachEvent(event: { readonly type: string }): event is BreachEvent {
  return typeNames.has(event.type);
}

/** What was lost of the data (WP250 rev.01, I.B.2). */
export const breachNatures = ['confidentiality', 'integrity', 'availability'] as const;
export type BreachNature = (typeof breachNatures)[number];

/** To the rights and freedoms of the persons: `unlikely` needs no notification, `high` that of the persons too. */
export const breachRisks = ['unlikely', 'risk', 'high'] as const;
export type BreachRisk = (typeof breachRisks)[number];

export const notifiedChannels = ['in_app', 'email', 'sms', 'push', 'letter', 'public'] as const;
export type NotifiedChannel = (typeof notifiedChannels)[number];

/**
 * `notified`: all that had to be told was told. `risk-unlikely`: Art. 33(1). `no-breach`: it turned out to be none.
 */
export const closingReasons = ['notified', 'risk-unlikely', 'no-breach'] as const;
export type ClosingReason = (typeof closingReasons)[number];

/** Why the persons need not be told themselves though the risk is high: Art. 34(3)(a) to (c). */
export const exemptions = ['unintelligible-data', 'risk-removed', 'public-communication'] as const;
export type Exemption = (typeof exemptions)[number];

interface OfBreach {
  readonly breachId: string;
  readonly at: number;
  /** Id of the key that an officer used. */
  readonly by: string;
}

/** Which events were exposed. A person is affected by a single one of them. */
export interface BreachScope {
  /** Only what occurred from then on, and before then; null: without a bound. */
  readonly from: number | null;
  readonly to: number | null;
  /** Domain names of event types; empty: all. */
  readonly eventTypes: readonly string[];
  /** Empty: all. */
  readonly features: readonly string[];
  /** Pseudonyms of journeys; empty: all. */
  readonly journeys: readonly string[];
}

/** What the notification to the authority has to hold (Art. 33(3)); null where it is not known yet. Not personal. */
export interface BreachAssessment {
  readonly natures: readonly BreachNature[];
  readonly risk: BreachRisk | null;
  readonly description: string;
  /** Categories of persons and of records. */
  readonly categories: string | null;
  readonly consequences: string | null;
  readonly measures: string | null;
  /** Name or office of the contact point. */
  readonly contact: string | null;
  readonly scope: BreachScope;
}

export interface BreachRecorded {
  readonly type: 'BreachRecorded';
  readonly data: OfBreach & {
    /** When the controller became aware: the 72 hours run from here. */
    readonly awareAt: number;
    readonly dueAt: number;
    readonly assessment: BreachAssessment;
  };
}

/** More is known: replaces the assessment as a whole. */
export interface BreachAssessed {
  readonly type: 'BreachAssessed';
  readonly data: OfBreach & { readonly assessment: BreachAssessment };
}

export interface AffectedPersonsCounted {
  readonly type: 'AffectedPersonsCounted';
  readonly data: OfBreach & {
    readonly scope: BreachScope;
    readonly persons: number;
    /** Events in the scope. */
    readonly records: number;
  };
}

export interface AuthorityNotified {
  readonly type: 'AuthorityNotified';
  readonly data: OfBreach & {
    readonly notifiedAt: number;
    /** The authority's. */
    readonly reference: string | null;
    /** Why it took longer than 72 hours, where it did (Art. 33(1)). */
    readonly delayReason: string | null;
  };
}

export interface AffectedPersonsNotified {
  readonly type: 'AffectedPersonsNotified';
  readonly data: OfBreach & {
    readonly channel: NotifiedChannel;
    readonly notifiedAt: number;
    readonly persons: number;
    /** SHA-256 of the text that was sent, 64 hex digits. */
    readonly textHash: string;
  };
}

export interface BreachClosed {
  readonly type: 'BreachClosed';
  readonly data: OfBreach & {
    readonly reason: ClosingReason;
    readonly exemption: Exemption | null;
    /** The facts behind the reason, for the documentation of Art. 33(5). Not personal. */
    readonly note: string;
  };
}
