import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import type { PrivacyRequestCommand } from '../domain/privacyRequest/commands.js';
import { decide } from '../domain/privacyRequest/decide.js';
import { isPrivacyRequestEvent } from '../domain/privacyRequest/events.js';
import { evolve, initialState, type PrivacyRequestState } from '../domain/privacyRequest/evolve.js';
import { privacyRequestStreamName } from '../domain/privacyRequest/streamName.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { callMetadata } from './callMetadata.js';
import { conflictPause } from './conflictPause.js';

const eventsAtATime = 500;
/** More conflicts in a row than officers, fulfilment and callbacks of one request cause. */
const maxAttempts = 8;

export interface PrivacyRequestStreams {
  readonly eventStore: EventStore;
  /** Epoch milliseconds. */
  now(): number;
  /** A random UUID. */
  newId(): string;
}

export interface PrivacyRequestAddress {
  readonly tenantId: string;
  readonly requestId: string;
}

export interface LoadedPrivacyRequest {
  readonly state: PrivacyRequestState;
  readonly expected: bigint | 'noStream';
  /** Of the last event. */
  readonly position: Position | undefined;
}

/** An erased (tombstoned) stream is as one that never was. */
export async function loadPrivacyRequest(
  { eventStore }: Pick<PrivacyRequestStreams, 'eventStore'>,
  { tenantId, requestId }: PrivacyRequestAddress,
): Promise<LoadedPrivacyRequest> {
  const streamName = privacyRequestStreamName(tenantId, requestId);
  let state: PrivacyRequestState = initialState;
  let expected: LoadedPrivacyRequest['expected'] = 'noStream';
  let position: Position | undefined;
  for (let from = 0n; ; ) {
    const { events, lastRevision } = await readFrom(eventStore, streamName, from);
    for (const stored of events) {
      expected = stored.revision;
      position = stored.position;
      const event = decode(stored)?.event;
      if (event !== undefined && isPrivacyRequestEvent(event)) state = evolve(state, event);
    }
    if (expected === 'noStream' || lastRevision === undefined || expected >= lastRevision) break;
    from = expected + 1n;
  }
  return { state, expected, position };
}

async function readFrom(eventStore: EventStore, streamName: string, from: bigint) {
  try {
    return await eventStore.readStream(streamName, { from, maxCount: eventsAtATime });
  } catch (error) {
    if (error instanceof StreamDeleted) return { events: [], lastRevision: undefined };
    throw error;
  }
}

export interface ExecutedPrivacyRequest {
  readonly state: PrivacyRequestState;
  readonly position: Position | undefined;
}

/**
 * Load, decide, append with the exact revision; on a conflict all of it again.
 * @param correlationId of the HTTP request or the round that this belongs to
 * @throws CodedError of the decider; what the event store throws
 */
export async function executeOnPrivacyRequest(
  streams: PrivacyRequestStreams,
  address: PrivacyRequestAddress,
  command: PrivacyRequestCommand,
  correlationId: string = address.requestId,
): Promise<ExecutedPrivacyRequest> {
  const { tenantId, requestId } = address;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { state, expected, position } = await loadPrivacyRequest(streams, address);
    const events = decide(command, state);
    if (events.length === 0) return { state, position };
    const at = command.data.at;
    const metadata = { ...callMetadata(tenantId, correlationId, at), messageId: requestId };
    try {
      const appended = await streams.eventStore.appendToStream(
        privacyRequestStreamName(tenantId, requestId),
        events.map((event) => encode({ id: streams.newId(), event, metadata })),
        expected,
      );
      return { state: events.reduce(evolve, state), position: appended.position };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      // What the other one wrote can be read only when it is durable.
      await conflictPause(attempt);
    }
  }
  throw new CodedError('conflict', 'The request is being changed by others; try again.');
}
