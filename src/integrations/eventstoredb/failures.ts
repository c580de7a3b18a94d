import {
  AccessDeniedError,
  convertToCommandError,
  isCommandError,
  NotLeaderError,
} from '@eventstore/db-client';
import {
  AppendTooLarge,
  EventStoreUnavailable,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../eventStore/eventStore.js';

/** The server has read the request and did nothing: it may be sent again, or to another node. */
export class NotExecuted extends Error {
  override readonly name = 'NotExecuted';
}

/** The server says that the request can never succeed as it is. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}

/** Nothing came back within the time allowed. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

/** The server took the request, and gave up waiting for it to be done: it may still be. The connection is well. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';
}

/** Given up together with another request, of which the connection knows. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
}

/** What an error says of the request it ends. */
export type Meaning =
  /** The answer itself: a conflict, a deleted stream, no access. */
  | 'answer'
  /** Nothing was done. */
  | 'not-executed'
  /** Nobody knows whether it was done: unavailable, cancelled, past its deadline, unknown. */
  | 'unknown';

/** gRPC's errors as the client's own, so that each has a class; others as they are. */
export function commandError(error: unknown): unknown {
  return error instanceof Error ? convertToCommandError(error) : error;
}

export function meaningOf(error: unknown): Meaning {
  if (error instanceof NotExecuted || error instanceof NotLeaderError) return 'not-executed';
  if (
    error instanceof WrongExpectedRevision ||
    error instanceof StreamDeleted ||
    error instanceof AppendTooLarge ||
    error instanceof EventStoreUnavailable ||
    error instanceof RequestRefused ||
    error instanceof AccessDeniedError
  ) {
    return 'answer';
  }
  if (error instanceof Error && isCommandError(error)) return answers.has(error.type) ? 'answer' : 'unknown';
  return 'unknown';
}

const answers: ReadonlySet<string> = new Set([
  'stream-not-found',
  'stream-deleted',
  'wrong-expected-version',
  'maximum-append-size-exceeded',
  'invalid-argument',
  'missing-required-metadata-property',
]);

/** The port's error for what the caller cannot be told more of. Says nothing of addresses and credentials. */
export function unavailable(error: unknown): EventStoreUnavailable {
  if (error instanceof EventStoreUnavailable) return error;
  return new EventStoreUnavailable(`the event store cannot answer now: ${reasonOf(error)}`, { cause: error });
}

/** One word or two for states, logs and metrics. */
export function reasonOf(error: unknown): string {
  if (error instanceof Silence) return 'silent';
  if (error instanceof NotConfirmed) return 'not confirming';
  if (error instanceof AccessDeniedError) return 'access denied';
  if (error instanceof Error && isCommandError(error)) return error.type;
  if (error instanceof NotExecuted) return error.message;
  return 'unreachable';
}
