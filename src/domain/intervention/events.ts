import type { Actor } from '../access/events.js';
import type { RefusalReason } from '../consent/policy.js';
import type { Severity, SignalType } from '../journey/events.js';

/** One possible help for one cause: proposed and worded, or declined for one stated reason. */
export type InterventionEvent =
  | InterventionProposed
  | InterventionDeclined
  | InterventionDelivered
  | InterventionFailed
  | InterventionSeen
  | InterventionClicked
  | InterventionDismissed;

export const interventionEventTypes = [
  'InterventionProposed',
  'InterventionDeclined',
  'InterventionDelivered',
  'InterventionFailed',
  'InterventionSeen',
  'InterventionClicked',
  'InterventionDismissed',
] as const satisfies readonly InterventionEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(interventionEventTypes);

export function isInterventionEvent(event: { readonly type: string }): event is InterventionEvent {
  return typeNames.has(event.type);
}

/** What the intervention is about; repeated on each of its events so that a reader needs no second stream. */
export interface InterventionSubject {
  readonly interventionId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
}

export interface InterventionProposed {
  readonly type: 'InterventionProposed';
  readonly data: InterventionSubject & {
    readonly strategy: string;
    readonly struggleId: string;
    readonly featureId: string;
    readonly signalType: SignalType;
    readonly severity: Severity;
    readonly channel: 'in_app';
    readonly language: string;
    readonly title: string;
    readonly body: string;
    /** Which template or model wrote it, with its version. */
    readonly author: { readonly kind: 'template'; readonly name: string; readonly version: number };
    /** Epoch milliseconds. */
    readonly expiresAt: number;
    /** The consent event that allowed it; absent where the tenant's policy did. */
    readonly consentEventId?: string;
  };
}

export const declineReasons = [
  'cooldown',
  'stale',
  'resolved',
  'no-template',
  'disabled',
  'no-consent',
] as const;
export type DeclineReason = (typeof declineReasons)[number];

/** None is made, or one that was proposed is withheld. */
export interface InterventionDeclined {
  readonly type: 'InterventionDeclined';
  readonly data: InterventionSubject & {
    readonly strategy: string;
    readonly struggleId: string;
    readonly featureId: string;
    readonly signalType: SignalType;
    readonly severity: Severity;
    readonly reason: DeclineReason;
    /** Of `no-consent`: what refused it, and by which consent event; null where the tenant's policy did. */
    readonly refusal?: { readonly reason: RefusalReason; readonly consentEventId: string | null };
  };
}

/** The channel took it: for `in_app`, it stands in the person's inbox. */
export interface InterventionDelivered {
  readonly type: 'InterventionDelivered';
  readonly data: InterventionSubject & { readonly channel: 'in_app' };
}
export interface InterventionFailed {
  readonly type: 'InterventionFailed';
  readonly data: InterventionSubject & { readonly channel: 'in_app'; readonly reason: string };
}

/** `actor`: the person with a token of their own, or the key that answered in their place. */
type Response = InterventionSubject & { readonly actor?: Actor };

export interface InterventionSeen {
  readonly type: 'InterventionSeen';
  readonly data: Response;
}
export interface InterventionClicked {
  readonly type: 'InterventionClicked';
  readonly data: Response;
}
export interface InterventionDismissed {
  readonly type: 'InterventionDismissed';
  readonly data: Response;
}
