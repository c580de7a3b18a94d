import type { DomainEvent } from '../domain/domainEvent.js';
import { CodedError } from '../domain/errors.js';
import type { EventMetadata, Position, Recorded } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { conflictPause } from './conflictPause.js';

/** A small stream about one thing that an event made necessary: a decision, an intervention. */
export interface CausedStreamKind<State, Command, Event extends DomainEvent> {
  readonly initialState: State;
  isEvent(event: DomainEvent): event is Event;
  decide(command: Command, state: State): Event[];
  evolve(state: State, event: Event): State;
  /** Events at most: a whole stream is one small read. */
  readonly longest: number;
}

export interface CausedStreamPorts {
  readonly eventStore: EventStore;
  /** Epoch milliseconds. */
  now(): number;
  /** A random UUID. */
  newId(): string;
}

/** The event that made a command necessary: what it leads to carries its correlation and message on. */
export type CausingEvent = Pick<Recorded<unknown>, 'id' | 'metadata'>;

export interface LoadedStream<State, Event> {
  readonly state: State;
  readonly expected: bigint | 'noStream';
  /** The stream's last event. */
  readonly last?: Recorded<Event>;
}

export interface ExecutedStream<State> {
  readonly state: State;
  /** Of the stream's last event. */
  readonly position: Position | undefined;
  /** Whether events followed from this command. */
  readonly changed: boolean;
}

/** More conflicts in a row than this many writers of one stream could cause. */
const maxAttempts = 10;

/**
 * An erased (tombstoned) stream is as one that never was.
 * @param until only what was recorded up to then; epoch milliseconds
 */
export async function loadCaused<State, Command, Event extends DomainEvent>(
  { eventStore }: Pick<CausedStreamPorts, 'eventStore'>,
  kind: CausedStreamKind<State, Command, Event>,
  streamName: string,
  until = Number.POSITIVE_INFINITY,
): Promise<LoadedStream<State, Event>> {
  let state = kind.initialState;
  let last: Recorded<Event> | undefined;
  let expected: bigint | 'noStream' = 'noStream';
  for (const stored of await readEvents(eventStore, streamName, kind.longest)) {
    expected = stored.revision;
    const recorded = decode(stored);
    if (recorded === undefined || !kind.isEvent(recorded.event)) continue;
    if (recorded.metadata.recordedAt > until) break;
    last = { ...recorded, event: recorded.event };
    state = kind.evolve(state, recorded.event);
  }
  return last === undefined ? { state, expected } : { state, expected, last };
}

/** Whether nothing follows this event in its stream: no event has to be read to know it. False of an erased stream. */
export async function endsAt(eventStore: EventStore, streamName: string, revision: bigint): Promise<boolean> {
  try {
    const { exists, events } = await eventStore.readStream(streamName, { from: revision + 1n, maxCount: 1 });
    return exists && events.length === 0;
  } catch (error) {
    if (error instanceof StreamDeleted) return false;
    throw error;
  }
}

async function readEvents(eventStore: EventStore, streamName: string, maxCount: number) {
  try {
    return (await eventStore.readStream(streamName, { maxCount })).events;
  } catch (error) {
    if (error instanceof StreamDeleted) return [];
    throw error;
  }
}

/**
 * Load, decide, append with the exact revision; on a conflict all of it again.
 * Without `cause` the stream's own last event is the cause.
 * @param loaded what was read before, not to be read again at once; where it is old the append conflicts
 * @throws CodedError of the decider; what the event store throws
 */
export async function executeCaused<State, Command, Event extends DomainEvent>(
  ports: CausedStreamPorts,
  kind: CausedStreamKind<State, Command, Event>,
  { tenantId, streamName }: { readonly tenantId: string; readonly streamName: string },
  command: Command,
  cause?: CausingEvent,
  loaded?: LoadedStream<State, Event>,
): Promise<ExecutedStream<State>> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const present = attempt === 1 ? loaded : undefined;
    const { state, expected, last } = present ?? (await loadCaused(ports, kind, streamName));
    const events = kind.decide(command, state);
    const causedBy = cause ?? last;
    if (events.length === 0 || causedBy === undefined)
      return { state, position: last?.position, changed: false };
    const metadata = metadataCausedBy(causedBy, tenantId, ports.now());
    try {
      const { position } = await ports.eventStore.appendToStream(
        streamName,
        events.map((event) => encode({ id: ports.newId(), event, metadata })),
        expected,
      );
      return { state: events.reduce(kind.evolve, state), position, changed: true };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      await conflictPause(attempt);
    }
  }
  throw new CodedError('conflict', 'This is being changed by others; try again.');
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
