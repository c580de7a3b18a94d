import { CodedError } from '../errors.js';
import { unreachable } from '../unreachable.js';
import type {
  ConcludeRequest,
  ExtendRequest,
  PrivacyRequestCommand,
  ReceiveRequest,
  RecordCallback,
  RecordFailedAttempt,
  RejectRequest,
  VerifyIdentity,
} from './commands.js';
import { dueDate } from './dueDate.js';
import type { PrivacyRequestEvent } from './events.js';
import type { KnownRequest, PrivacyRequestState, RequestStatus } from './evolve.js';

/**
 * A command that changes nothing yields no events. What is completed, rejected or cancelled stays so.
 * @throws CodedError `not-found` where the request was never received, `conflict` where its status does not allow it
 */
export function decide(command: PrivacyRequestCommand, state: PrivacyRequestState): PrivacyRequestEvent[] {
  if (command.type === 'ReceiveRequest') return receive(command, state);
  if (state.status === 'none') throw new CodedError('not-found', 'No request has this id.');
  return decideKnown(command, state);
}

function decideKnown(
  command: Exclude<PrivacyRequestCommand, ReceiveRequest>,
  state: KnownRequest,
): PrivacyRequestEvent[] {
  const about = aboutOf(state);
  switch (command.type) {
    case 'VerifyIdentity':
      return verify(command, state);
    case 'ExtendRequest':
      return extend(command, state);
    case 'RejectRequest':
      return reject(command, state);
    case 'CancelRequest':
      if (state.status === 'cancelled') return [];
      allow(state, ['received', 'pending'], 'cancelled');
      return [{ type: 'PrivacyRequestCancelled', data: { ...about, ...command.data } }];
    case 'StartRequest':
      if (state.status === 'in_progress') return [];
      allow(state, ['pending'], 'started');
      return [{ type: 'PrivacyRequestStarted', data: { ...about, ...command.data } }];
    case 'RecordFailedAttempt':
      return recordFailedAttempt(command, state);
    case 'ConcludeRequest':
      return conclude(command, state);
    case 'RetryRequest':
      if (state.status === 'pending' || state.status === 'in_progress') return [];
      allow(state, ['failed', 'partially_completed'], 'tried again');
      return [{ type: 'PrivacyRequestRetried', data: { ...about, ...command.data } }];
    case 'RecordCallback':
      return recordCallback(command, state);
    default:
      return unreachable(command);
  }
}

function receive({ data }: ReceiveRequest, state: PrivacyRequestState): PrivacyRequestEvent[] {
  if (state.status === 'none') {
    return [{ type: 'PrivacyRequestReceived', data: { ...data, dueAt: dueDate(madeAt(data), false) } }];
  }
  if (state.asked.contentDigest === data.contentDigest) return [];
  throw new CodedError(
    'conflict',
    'A request with this subject_request_id and other content was received before; use a new id.',
  );
}

function verify({ data }: VerifyIdentity, state: KnownRequest): PrivacyRequestEvent[] {
  if (state.verified !== null) return [];
  allow(state, ['received'], 'verified');
  return [{ type: 'PrivacyRequestIdentityVerified', data: { ...aboutOf(state), ...data } }];
}

/** Once, while it is open, and before the first month is over: until then the person has to be told. */
function extend({ data }: ExtendRequest, state: KnownRequest): PrivacyRequestEvent[] {
  const { asked, extension, dueAt } = state;
  if (extension?.reason === data.reason) return [];
  if (extension !== null)
    throw new CodedError('conflict', 'The request was extended before, for another reason.');
  allow(state, ['received', 'pending', 'in_progress', 'failed'], 'extended');
  if (data.at > dueAt) {
    throw new CodedError('conflict', 'The due date has passed; a request can be extended only before it.');
  }
  const extended = { ...aboutOf(state), ...data, dueAt: dueDate(madeAt(asked), true) };
  return [{ type: 'PrivacyRequestExtended', data: extended }];
}

function reject({ data }: RejectRequest, state: KnownRequest): PrivacyRequestEvent[] {
  if (state.rejection?.reason === data.reason) return [];
  allow(state, ['received', 'pending', 'failed'], 'rejected');
  return [{ type: 'PrivacyRequestRejected', data: { ...aboutOf(state), ...data } }];
}

/** Attempts count up by one: a report that comes twice, or late, changes nothing. */
function recordFailedAttempt({ data }: RecordFailedAttempt, state: KnownRequest): PrivacyRequestEvent[] {
  const about = aboutOf(state);
  if (state.status !== 'in_progress' || data.attempt !== state.failedAttempts + 1) return [];
  const { retryAt, reason, at, attempt } = data;
  if (retryAt !== null) {
    return [{ type: 'PrivacyRequestAttemptFailed', data: { ...about, at, attempt, reason, retryAt } }];
  }
  const remarks = [`Given up after ${attempt} attempts, the last of which failed with ${reason}.`];
  return [
    { type: 'PrivacyRequestConcluded', data: { ...about, at, outcome: 'failed', remarks, result: {} } },
  ];
}

/** The first outcome holds. */
function conclude({ data }: ConcludeRequest, state: KnownRequest): PrivacyRequestEvent[] {
  const { status } = state;
  if (status === 'completed' || status === 'partially_completed' || status === 'failed') return [];
  allow(state, ['in_progress'], 'concluded');
  return [{ type: 'PrivacyRequestConcluded', data: { ...aboutOf(state), ...data } }];
}

function recordCallback({ data }: RecordCallback, state: KnownRequest): PrivacyRequestEvent[] {
  const { callback, status, at, failure } = data;
  const told = state.callbacks[callback];
  if (told === undefined || told.owed[0] !== status) return [];
  const about = { requestId: state.asked.requestId, at, callback, status };
  return failure === undefined
    ? [{ type: 'StatusCallbackDelivered', data: about }]
    : [{ type: 'StatusCallbackFailed', data: { ...about, attempt: told.failedAttempts + 1, ...failure } }];
}

/** The subjects stand on each event, so that whoever reads one alone knows whom it is about. */
function aboutOf({ asked: { requestId, subjects } }: KnownRequest) {
  return { requestId, subjects };
}

/** The month runs from when the person asked, and never from later than when the request came in. */
function madeAt({ submittedAt, at }: { readonly submittedAt: number; readonly at: number }): number {
  return Math.min(submittedAt, at);
}

function allow(state: KnownRequest, statuses: readonly RequestStatus[], verb: string): void {
  if (statuses.includes(state.status)) return;
  throw new CodedError(
    'conflict',
    `A request that is ${state.status} cannot be ${verb}; it would have to be ${statuses.join(' or ')}.`,
  );
}
