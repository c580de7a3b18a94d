import type { JsonObject } from '../json.js';

/** What a person asked for and what became of it. Persons stand here by pseudonym alone. Times are epoch milliseconds. */
export type PrivacyRequestEvent =
  | PrivacyRequestReceived
  | PrivacyRequestIdentityVerified
  | PrivacyRequestExtended
  | PrivacyRequestRejected
  | PrivacyRequestCancelled
  | PrivacyRequestStarted
  | PrivacyRequestAttemptFailed
  | PrivacyRequestConcluded
  | PrivacyRequestRetried
  | StatusCallbackDelivered
  | StatusCallbackFailed;

export const privacyRequestEventTypes = [
  'PrivacyRequestReceived',
  'PrivacyRequestIdentityVerified',
  'PrivacyRequestExtended',
  'PrivacyRequestRejected',
  'PrivacyRequestCancelled',
  'PrivacyRequestStarted',
  'PrivacyRequestAttemptFailed',
  'PrivacyRequestConcluded',
  'PrivacyRequestRetried',
  'StatusCallbackDelivered',
  'StatusCallbackFailed',
] as const satisfies readonly PrivacyRequestEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(privacyRequestEventTypes);

export function isPrivacyRequestEvent(event: { readonly type: string }): event is PrivacyRequestEvent {
  return typeNames.has(event.type);
}

/** What a person may ask for: Art. 15, 20, 17, 16 and 18 GDPR. */
export const privacyRequestTypes = [
  'access',
  'portability',
  'erasure',
  'rectification',
  'restriction',
] as const;
export type PrivacyRequestType = (typeof privacyRequestTypes)[number];

export const regulations = ['gdpr', 'ccpa'] as const;
export type Regulation = (typeof regulations)[number];

/** How an officer made sure that the person is who they say. A closed list, so that nothing personal is written here. */
export const verificationMethods = [
  'signed-in',
  'confirmed-address',
  'document',
  'in-person',
  'other',
] as const;
export type VerificationMethod = (typeof verificationMethods)[number];

/** The reasons for which Art. 12(3) GDPR allows more time. */
export const extensionReasons = ['complexity', 'number-of-requests'] as const;
export type ExtensionReason = (typeof extensionReasons)[number];

/** Art. 11(2), 12(5), 12(6), 15(4), 17(3), 18 GDPR. */
export const rejectionReasons = [
  'identity-not-verified',
  'manifestly-unfounded',
  'excessive',
  'legal-obligation',
  'legal-claims',
  'rights-of-others',
  'not-applicable',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

export const outcomes = ['completed', 'partially_completed', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** A status that a change leads to, as status callbacks tell it. */
export const toldStatuses = ['pending', 'in_progress', ...outcomes, 'rejected', 'cancelled'] as const;
export type ToldStatus = (typeof toldStatuses)[number];

interface About {
  readonly requestId: string;
  /** Pseudonyms, as of the request; the first versions of later events did not repeat them. */
  readonly subjects?: readonly string[];
  readonly at: number;
}

/** `by` is the id of the key that an officer used. */
interface DoneBy extends About {
  readonly by: string;
}

export interface PrivacyRequestReceived {
  readonly type: 'PrivacyRequestReceived';
  readonly data: DoneBy & {
    readonly requestType: PrivacyRequestType;
    readonly regulation: Regulation;
    /** Pseudonyms, in the order of the identities given; at least one. */
    readonly subjects: readonly string[];
    /** Personal values in it are sealed. */
    readonly details: JsonObject;
    /** When the person asked. */
    readonly submittedAt: number;
    readonly dueAt: number;
    readonly verification: 'required' | 'by-controller';
    readonly callbackUrls: readonly string[];
    /** A keyed digest of what was asked, to tell a repetition from another request under the same id. */
    readonly contentDigest: string;
  };
}
export interface PrivacyRequestIdentityVerified {
  readonly type: 'PrivacyRequestIdentityVerified';
  readonly data: DoneBy & { readonly method: VerificationMethod };
}
export interface PrivacyRequestExtended {
  readonly type: 'PrivacyRequestExtended';
  readonly data: DoneBy & { readonly reason: ExtensionReason; readonly dueAt: number };
}
export interface PrivacyRequestRejected {
  readonly type: 'PrivacyRequestRejected';
  readonly data: DoneBy & { readonly reason: RejectionReason };
}
export interface PrivacyRequestCancelled {
  readonly type: 'PrivacyRequestCancelled';
  readonly data: DoneBy;
}
export interface PrivacyRequestStarted {
  readonly type: 'PrivacyRequestStarted';
  readonly data: About;
}
/** It will be tried again at `retryAt`. */
export interface PrivacyRequestAttemptFailed {
  readonly type: 'PrivacyRequestAttemptFailed';
  readonly data: About & { readonly attempt: number; readonly reason: string; readonly retryAt: number };
}
export interface PrivacyRequestConcluded {
  readonly type: 'PrivacyRequestConcluded';
  readonly data: About & {
    readonly outcome: Outcome;
    readonly remarks: readonly string[];
    readonly result: JsonObject;
  };
}
export interface PrivacyRequestRetried {
  readonly type: 'PrivacyRequestRetried';
  readonly data: DoneBy;
}

/** `callback` is the place of the address among those of the request. */
interface AboutCallback extends About {
  readonly callback: number;
  readonly status: ToldStatus;
}
export interface StatusCallbackDelivered {
  readonly type: 'StatusCallbackDelivered';
  readonly data: AboutCallback;
}
export interface StatusCallbackFailed {
  readonly type: 'StatusCallbackFailed';
  readonly data: AboutCallback & {
    readonly attempt: number;
    /** A code, never what the other side said. */
    readonly reason: string;
    /** Null where this status is not told to this address any more. */
    readonly retryAt: number | null;
  };
}
