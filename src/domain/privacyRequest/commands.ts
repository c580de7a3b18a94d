import type { JsonObject } from '../json.js';
import type {
  ExtensionReason,
  Outcome,
  PrivacyRequestReceived,
  RejectionReason,
  ToldStatus,
  VerificationMethod,
} from './events.js';

/** `at` is now, epoch milliseconds; `by` the id of the key that an officer used. */
export type PrivacyRequestCommand =
  | ReceiveRequest
  | VerifyIdentity
  | ExtendRequest
  | RejectRequest
  | CancelRequest
  | StartRequest
  | RecordFailedAttempt
  | ConcludeRequest
  | RetryRequest
  | RecordCallback;

interface ByOfficer {
  readonly at: number;
  readonly by: string;
}

export interface ReceiveRequest {
  readonly type: 'ReceiveRequest';
  readonly data: Omit<PrivacyRequestReceived['data'], 'dueAt'>;
}
export interface VerifyIdentity {
  readonly type: 'VerifyIdentity';
  readonly data: ByOfficer & { readonly method: VerificationMethod };
}
export interface ExtendRequest {
  readonly type: 'ExtendRequest';
  readonly data: ByOfficer & { readonly reason: ExtensionReason };
}
export interface RejectRequest {
  readonly type: 'RejectRequest';
  readonly data: ByOfficer & { readonly reason: RejectionReason };
}
export interface CancelRequest {
  readonly type: 'CancelRequest';
  readonly data: ByOfficer;
}
export interface StartRequest {
  readonly type: 'StartRequest';
  readonly data: { readonly at: number };
}
export interface RecordFailedAttempt {
  readonly type: 'RecordFailedAttempt';
  readonly data: {
    readonly at: number;
    /** Counted from 1 since the request was accepted or retried. */
    readonly attempt: number;
    /** A code, never a message. */
    readonly reason: string;
    /** Null where it is not tried again by itself. */
    readonly retryAt: number | null;
  };
}
export interface ConcludeRequest {
  readonly type: 'ConcludeRequest';
  readonly data: {
    readonly at: number;
    readonly outcome: Outcome;
    readonly remarks: readonly string[];
    readonly result: JsonObject;
  };
}
export interface RetryRequest {
  readonly type: 'RetryRequest';
  readonly data: ByOfficer;
}
export interface RecordCallback {
  readonly type: 'RecordCallback';
  readonly data: {
    readonly at: number;
    readonly callback: number;
    readonly status: ToldStatus;
    /** Absent where it was delivered. */
    readonly failure?: { readonly reason: string; readonly retryAt: number | null };
  };
}
