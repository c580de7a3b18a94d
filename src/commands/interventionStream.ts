import { CodedError } from '../domain/errors.js';
import type { InterventionCommand } from '../domain/intervention/commands.js';
import { decide } from '../domain/intervention/decide.js';
import { isInterventionEvent } from '../domain/intervention/events.js';
import { evolve, type InterventionState, initialState } from '../domain/intervention/evolve.js';
import { interventionStreamName } from '../domain/intervention/streamName.js';
import type { EventMetadata, Position, Recorded } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore/eventStore.js';

/** One proposal, one outcome and three responses: a whole stream is one small read. */
const longestStream = 16;
/** More conflicts in a row than this many writers of one intervention could cause. */
const maxAttempts = 5;

export interface InterventionStreams {
  readonly eventStore: EventStore;
  /** Epoch milliseconds. */
  now(): number;
  /** A random UUID. */
  newId(): string;
}

export interface InterventionAddress {
  readonly tenantId: string;
  readonly interventionId: string;
}

/** The event that made a command necessary: what it leads to carries its correlation and message on. */
export type CausingEvent = Pick<Recorded<unknown>, 'id' | 'metadata'>;

export interface LoadedIntervention {
  readonly state: InterventionState;
  readonly expected: bigint | 'noStream';
  /** The stream's last event. */
  readonly last?: CausingEvent & { readonly position: Position };
}

/** An erased (tombstoned) stream is as one that never was. */
export async function loadIntervention(
  { eventStore }: InterventionStreams,
  { tenantId, interventionId }: InterventionAddress,
): Promise<LoadedIntervention> {
  let state: InterventionState = initialState;
  let last: LoadedIntervention['last'];
  let expected: LoadedIntervention['expected'] = 'noStream';
  for (const stored of await readEvents(eventStore, interventionStreamName(tenantId, interventionId))) {
    expected = stored.revision;
    const recorded = decode(stored);
    if (recorded === undefined || !isInterventionEvent(recorded.event)) continue;
    state = evolve(state, recorded.event);
    last = recorded;
  }
  return last === undefined ? { state, expected } : { state, expected, last };
}

async function readEvents(eventStore: EventStore, streamName: string) {
  try {
    return (await eventStore.readStream(streamName, { maxCount: longestStream })).events;
  } catch (error) {
    if (error instanceof StreamDeleted) return [];
    throw error;
  }
}

/**
 * Load, decide, append with the exact revision; on a conflict all of it again.
 * Without `cause` the stream's own last event is the cause.
 * @throws CodedError of the decider; what the event store throws
 */
export async function executeOnIntervention(
  streams: InterventionStreams,
  address: InterventionAddress,
  command: InterventionCommand,
  cause?: CausingEvent,
): Promise<{ readonly state: InterventionState; readonly position: Position | undefined }> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { state, expected, last } = await loadIntervention(streams, address);
    const events = decide(command, state);
    const causedBy = cause ?? last;
    if (events.length === 0 || causedBy === undefined) return { state, position: last?.position };
    const metadata = metadataCausedBy(causedBy, address.tenantId, streams.now());
    try {
      const { position } = await streams.eventStore.appendToStream(
        interventionStreamName(address.tenantId, address.interventionId),
        events.map((event) => encode({ id: streams.newId(), event, metadata })),
        expected,
      );
      return { state: events.reduce(evolve, state), position };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
  throw new CodedError('conflict', 'The intervention is being changed by others; try again.');
}

function metadataCausedBy(cause: CausingEvent, tenantId: string, now: number): EventMetadata {
  return {
    messageId: cause.metadata.messageId,
    correlationId: cause.metadata.correlationId,
    causationId: cause.id,
    tenantId,
    schemaVersion: 1,
    occurredAt: now,
    recordedAt: now,
  };
}
