import type { Actor } from '../access/events.js';

export const consentChannels = ['in_app', 'email', 'sms', 'push', 'webhook'] as const;
export type ConsentChannel = (typeof consentChannels)[number];

/** What personal data may be used for. A channel is a purpose too: being addressed there at all. */
export const consentPurposes = ['analytics', 'personalisation', 'marketing', ...consentChannels] as const;
export type ConsentPurpose = (typeof consentPurposes)[number];

/** How a decision came to us. */
export const consentSources = ['web-form', 'sdk', 'import', 'gpc', 'api', 'request', 'unsubscribe'] as const;
export type ConsentSource = (typeof consentSources)[number];

/** What a person decided about their data, with what proves it (Art. 7(1) GDPR), one fact a decision. */
export type ConsentEvent =
  | ConsentGranted
  | ConsentWithdrawn
  | SaleOptedOut
  | SaleAllowed
  | ProcessingRestricted
  | RestrictionLifted;

export const consentEventTypes = [
  'ConsentGranted',
  'ConsentWithdrawn',
  'SaleOptedOut',
  'SaleAllowed',
  'ProcessingRestricted',
  'RestrictionLifted',
] as const satisfies readonly ConsentEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(consentEventTypes);

export function isConsentEvent(event: { readonly type: string }): event is ConsentEvent {
  return typeNames.has(event.type);
}

/** The circumstances of a decision. Times are epoch milliseconds. */
export interface Decision {
  /** When the person decided, by the clock of whoever took it down. */
  readonly decidedAt: number;
  /**
   * From when it counts against other decisions: `decidedAt`, or later where it prevailed, as the stricter one, over what
   * the person had decided under another identity.
   */
  readonly countsFrom: number;
  readonly source: ConsentSource;
  /** Of the policy the person was shown; null where a signal carries none. */
  readonly policyVersion: string | null;
  /** SHA-256 of the text agreed to, 64 hex digits; null where a signal carries none. */
  readonly textHash: string | null;
  /** Opaque reference to the evidence, at most 256 characters. Personal. */
  readonly proof: string | null;
  /** Pseudonym of the person's other identity under which they decided; absent for this one. */
  readonly decidedAs?: string;
  /** The key it was sent with; absent where a message, another identity of the person or their request brought it. */
  readonly actor?: Actor;
}

/** A purpose everywhere, or over one channel alone. */
export interface ConsentScope {
  readonly purpose: ConsentPurpose;
  readonly channel?: ConsentChannel;
}

export interface ConsentGranted {
  readonly type: 'ConsentGranted';
  readonly data: Decision & ConsentScope;
}

export interface ConsentWithdrawn {
  readonly type: 'ConsentWithdrawn';
  readonly data: Decision & ConsentScope;
}

/** Do not sell or share (CCPA § 1798.120), by form or by a Global Privacy Control signal. */
export interface SaleOptedOut {
  readonly type: 'SaleOptedOut';
  readonly data: Decision;
}

export interface SaleAllowed {
  readonly type: 'SaleAllowed';
  readonly data: Decision;
}

/** Art. 18 GDPR: what is stored stays stored, and nothing else is done with it. */
export interface ProcessingRestricted {
  readonly type: 'ProcessingRestricted';
  readonly data: Decision;
}

export interface RestrictionLifted {
  readonly type: 'RestrictionLifted';
  readonly data: Decision;
}
