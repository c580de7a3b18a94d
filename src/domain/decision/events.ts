import type { ConsentChannel } from '../consent/events.js';
import type { Severity, SignalType } from '../journey/events.js';

/** What made somebody think of helping. */
export const helpTriggers = ['struggle', 'risk', 'event', 'absence', 'request'] as const;
export type HelpTrigger = (typeof helpTriggers)[number];

/** One decision about one person for one cause, and what came of it. */
export type DecisionEvent = AbsenceAwaited | AbsenceEnded | DecisionMade | OutcomeReached;

export const decisionEventTypes = [
  'AbsenceAwaited',
  'AbsenceEnded',
  'DecisionMade',
  'OutcomeReached',
] as const satisfies readonly DecisionEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(decisionEventTypes);

export function isDecisionEvent(event: { readonly type: string }): event is DecisionEvent {
  return typeNames.has(event.type);
}

/** What the decision was about; the struggle's parts are null where another cause led to it. */
export interface DecisionCause {
  readonly trigger: HelpTrigger;
  readonly struggleId: string | null;
  readonly featureId: string | null;
  readonly signalType: SignalType | null;
  readonly severity: Severity | null;
}

/** Who is compared with whom: the `holdout` gets nothing, so that the effect of help can be measured against it. */
export type DecisionArm = 'treated' | 'holdout';

/** What counts as success: the struggle is resolved, an event of this name comes, or the person begins a session. */
export type HelpGoal =
  | { readonly kind: 'struggle-resolved' }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'return' };

export interface ChosenStrategy {
  readonly strategyId: string;
  readonly strategyVersion: number;
  /** Null where the strategy has none. */
  readonly variant: string | null;
  /** To be tried in this order; empty only in the holdout. */
  readonly channels: readonly ConsentChannel[];
  /** Epoch milliseconds before which nothing is delivered, because of quiet hours; null for at once. */
  readonly notBefore: number | null;
  /** Epoch milliseconds after which a message is no longer shown. */
  readonly expiresAt: number;
  readonly arm: DecisionArm;
  readonly goal: HelpGoal;
  /** Milliseconds from the decision within which the goal counts as reached. */
  readonly goalWindow: number;
  /** The consent event that allowed it; null where the tenant's policy did. */
  readonly consentEventId: string | null;
}

/** A rule's verdict: a stable code, and the facts it went by. */
export interface DecisionReason {
  readonly code: string;
  /** Durations in milliseconds, times in epoch milliseconds; nothing personal. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/** One strategy that the cause could have led to, and why it was or was not used. */
export interface DecisionCandidate {
  readonly strategyId: string;
  readonly strategyVersion: number;
  readonly outcome: 'chosen' | 'holdout' | 'outranked' | 'refused';
  readonly reasons: readonly DecisionReason[];
  /** In the order in which they would be tried. */
  readonly channels: readonly {
    readonly channel: ConsentChannel;
    readonly allowed: boolean;
    readonly reasons: readonly DecisionReason[];
  }[];
}

/** An event came after which another is expected. Where that stays away, there is to be decided about help. */
export interface AbsenceAwaited {
  readonly type: 'AbsenceAwaited';
  readonly data: {
    readonly decisionId: string;
    /** Pseudonym of the person. */
    readonly subject: string;
    readonly strategyId: string;
    readonly strategyVersion: number;
    /** Name of the event that is expected. */
    readonly of: string;
    /** When the event occurred that began the wait; epoch milliseconds. */
    readonly since: number;
    /** Epoch milliseconds. */
    readonly dueAt: number;
  };
}

/** The expected event came, or the strategy is no more: there is nothing to decide. */
export interface AbsenceEnded {
  readonly type: 'AbsenceEnded';
  readonly data: {
    readonly decisionId: string;
    readonly subject: string;
    readonly reason: 'event-came' | 'strategy-changed';
  };
}

export interface DecisionMade {
  readonly type: 'DecisionMade';
  readonly data: DecisionCause & {
    readonly decisionId: string;
    /** Pseudonym of the person. */
    readonly subject: string;
    readonly candidates: readonly DecisionCandidate[];
    /** Null where no strategy was left. */
    readonly chosen: ChosenStrategy | null;
    /** Version of the tenant's help policy; 0 for the default one. */
    readonly policyVersion: number;
  };
}

/** The goal was reached within its window. Recorded once, for those who got help and for the holdout alike. */
export interface OutcomeReached {
  readonly type: 'OutcomeReached';
  readonly data: {
    readonly decisionId: string;
    readonly subject: string;
    readonly goal: HelpGoal['kind'];
    /** The event that reached it. */
    readonly eventId: string;
    /** Milliseconds from the decision. */
    readonly after: number;
  };
}
