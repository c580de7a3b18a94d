import type { JsonObject } from '../json.js';
import { unreachable } from '../unreachable.js';
import {
  type ExtensionReason,
  type PrivacyRequestEvent,
  type PrivacyRequestReceived,
  type RejectionReason,
  type ToldStatus,
  toldStatuses,
  type VerificationMethod,
} from './events.js';

/** `received` waits for the identity check; everything else a status callback can tell. */
export const requestStatuses = ['received', ...toldStatuses] as const;
export type RequestStatus = (typeof requestStatuses)[number];

export type PrivacyRequestState = { readonly status: 'none' } | KnownRequest;

/** Times are epoch milliseconds. */
export interface KnownRequest {
  readonly status: RequestStatus;
  readonly statusAt: number;
  readonly asked: PrivacyRequestReceived['data'];
  readonly dueAt: number;
  /** Null until an officer checked the identity, and where the controller had done so before. */
  readonly verified: { readonly method: VerificationMethod; readonly by: string; readonly at: number } | null;
  readonly extension: { readonly reason: ExtensionReason; readonly by: string; readonly at: number } | null;
  readonly rejection: { readonly reason: RejectionReason; readonly by: string } | null;
  /** Failed attempts since the request was accepted or retried. */
  readonly failedAttempts: number;
  /** Why the last attempt failed. */
  readonly lastFailure: string | null;
  /** When it is tried again; null where the last attempt did not fail. */
  readonly retryAt: number | null;
  readonly remarks: readonly string[];
  readonly result: JsonObject;
  readonly callbacks: readonly CallbackState[];
}

/** What one address is owed: each status once, in their order. */
export interface CallbackState {
  readonly url: string;
  readonly owed: readonly ToldStatus[];
  /** Failed attempts to tell the first that is owed. */
  readonly failedAttempts: number;
  readonly retryAt: number | null;
  readonly delivered: number;
  /** Statuses that were never told, because every attempt failed. */
  readonly givenUp: number;
  readonly lastFailure: string | null;
}

/** Whether the person still waits for an answer, so that it can be overdue. */
export function isOpen(status: RequestStatus): boolean {
  return status === 'received' || status === 'pending' || status === 'in_progress' || status === 'failed';
}

export const initialState: PrivacyRequestState = { status: 'none' };

export function evolve(state: PrivacyRequestState, event: PrivacyRequestEvent): PrivacyRequestState {
  if (event.type === 'PrivacyRequestReceived') return received(event.data);
  // Everything else follows a receipt; a stream that says otherwise changes nothing.
  return state.status === 'none' ? state : evolveKnown(state, event);
}

function received(asked: PrivacyRequestReceived['data']): KnownRequest {
  return {
    status: asked.verification === 'required' ? 'received' : 'pending',
    statusAt: asked.at,
    asked,
    dueAt: asked.dueAt,
    verified: null,
    extension: null,
    rejection: null,
    failedAttempts: 0,
    lastFailure: null,
    retryAt: null,
    remarks: [],
    result: {},
    callbacks: asked.callbackUrls.map((url) => ({
      url,
      owed: [],
      failedAttempts: 0,
      retryAt: null,
      delivered: 0,
      givenUp: 0,
      lastFailure: null,
    })),
  };
}

function evolveKnown(
  state: KnownRequest,
  event: Exclude<PrivacyRequestEvent, PrivacyRequestReceived>,
): KnownRequest {
  switch (event.type) {
    case 'PrivacyRequestIdentityVerified': {
      const { method, by, at } = event.data;
      return { ...become(state, 'pending', at), verified: { method, by, at } };
    }
    case 'PrivacyRequestExtended': {
      const { reason, by, at, dueAt } = event.data;
      return { ...state, dueAt, extension: { reason, by, at } };
    }
    case 'PrivacyRequestRejected': {
      const { reason, by, at } = event.data;
      return { ...become(state, 'rejected', at), rejection: { reason, by } };
    }
    case 'PrivacyRequestCancelled':
      return become(state, 'cancelled', event.data.at);
    case 'PrivacyRequestStarted':
      return become(state, 'in_progress', event.data.at);
    case 'PrivacyRequestAttemptFailed': {
      const { attempt, reason, retryAt } = event.data;
      return { ...state, failedAttempts: attempt, lastFailure: reason, retryAt };
    }
    case 'PrivacyRequestConcluded': {
      const { outcome, remarks, result, at } = event.data;
      return { ...become(state, outcome, at), remarks, result, retryAt: null };
    }
    case 'PrivacyRequestRetried':
      return { ...become(state, 'pending', event.data.at), failedAttempts: 0, remarks: [], result: {} };
    case 'StatusCallbackDelivered':
      return told(state, event.data.callback, (callback) => ({
        ...callback,
        owed: callback.owed.slice(1),
        failedAttempts: 0,
        retryAt: null,
        delivered: callback.delivered + 1,
      }));
    case 'StatusCallbackFailed': {
      const { callback: at, attempt, reason, retryAt } = event.data;
      return told(state, at, (callback) =>
        retryAt === null
          ? {
              ...callback,
              owed: callback.owed.slice(1),
              failedAttempts: 0,
              retryAt: null,
              givenUp: callback.givenUp + 1,
              lastFailure: reason,
            }
          : { ...callback, failedAttempts: attempt, retryAt, lastFailure: reason },
      );
    }
    default:
      return unreachable(event);
  }
}

/** Each change of the status is owed to each address. */
function become(state: KnownRequest, status: ToldStatus, statusAt: number): KnownRequest {
  const callbacks = state.callbacks.map((each) => ({ ...each, owed: [...each.owed, status] }));
  return { ...state, status, statusAt, callbacks };
}

function told(
  state: KnownRequest,
  at: number,
  change: (callback: CallbackState) => CallbackState,
): KnownRequest {
  return { ...state, callbacks: state.callbacks.map((each, index) => (index === at ? change(each) : each)) };
}
