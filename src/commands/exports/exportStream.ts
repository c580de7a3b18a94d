import { setTimeout as wait } from 'node:timers/promises';
import { CodedError } from '../../domain/errors.js';
import type { EventMetadata } from '../../domain/metadata.js';
import type { PersonExportCommand } from '../../domain/personExport/commands.js';
import { decide } from '../../domain/personExport/decide.js';
import { isPersonExportEvent } from '../../domain/personExport/events.js';
import { evolve, initialState, type PersonExportState } from '../../domain/personExport/evolve.js';
import { personExportStreamName } from '../../domain/personExport/streamName.js';
import { decode, encode } from '../../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../../eventStore/eventStore.js';

const eventsAtATime = 100;
/** Each waits twice as long as the one before, because what a conflict was with may not be readable yet: 1.3 s in all. */
const maxAttempts = 8;
const firstPause = 10;

export interface ExportStreams {
  readonly eventStore: EventStore;
  /** Epoch milliseconds. */
  now(): number;
  /** A random UUID. */
  newId(): string;
}

export interface ExportAddress {
  readonly tenantId: string;
  readonly exportId: string;
}

export async function loadExport(streams: ExportStreams, address: ExportAddress): Promise<PersonExportState> {
  return (await load(streams, address)).state;
}

/** Load, decide, append with the exact revision; on a conflict all of it again. @throws CodedError of the decider */
export async function executeOnExport(
  streams: ExportStreams,
  address: ExportAddress,
  command: PersonExportCommand,
): Promise<PersonExportState> {
  const { tenantId, exportId } = address;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { state, expected } = await load(streams, address);
    const events = decide(command, state);
    if (events.length === 0) return state;
    const metadata = metadataOf(tenantId, exportId, streams.now());
    try {
      await streams.eventStore.appendToStream(
        personExportStreamName(tenantId, exportId),
        events.map((event) => encode({ id: streams.newId(), event, metadata })),
        expected,
      );
      return events.reduce(evolve, state);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      await wait(firstPause * 2 ** (attempt - 1));
    }
  }
  throw new CodedError('conflict', 'The export is being changed by others; try again.');
}

async function load({ eventStore }: ExportStreams, { tenantId, exportId }: ExportAddress) {
  const streamName = personExportStreamName(tenantId, exportId);
  let state: PersonExportState = initialState;
  let expected: bigint | 'noStream' = 'noStream';
  for (;;) {
    const from: bigint = expected === 'noStream' ? 0n : expected + 1n;
    const { events, lastRevision } = await readSlice(eventStore, streamName, from);
    for (const stored of events) {
      expected = stored.revision;
      const recorded = decode(stored);
      if (recorded !== undefined && isPersonExportEvent(recorded.event))
        state = evolve(state, recorded.event);
    }
    if (events.length === 0 || expected === lastRevision) return { state, expected };
  }
}

async function readSlice(eventStore: EventStore, streamName: string, from: bigint) {
  try {
    return await eventStore.readStream(streamName, { from, maxCount: eventsAtATime });
  } catch (error) {
    if (error instanceof StreamDeleted) return { events: [], lastRevision: undefined };
    throw error;
  }
}

function metadataOf(tenantId: string, exportId: string, now: number): EventMetadata {
  return {
    messageId: exportId,
    correlationId: exportId,
    causationId: exportId,
    tenantId,
    schemaVersion: 1,
    occurredAt: now,
    recordedAt: now,
  };
}
