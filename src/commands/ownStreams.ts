import type { Position } from '../domain/metadata.js';
import {
  type AppendResult,
  type EventData,
  type EventStore,
  WrongExpectedRevision,
} from '../eventStore/eventStore.js';
import { appendInChunks } from './appendInChunks.js';

interface Waiting {
  readonly events: readonly EventData[];
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/** This instance's own stream of a tenant, to which nobody else writes; one append at a time. */
interface Lane {
  readonly streamName: string;
  revision: bigint;
  waiting: Waiting[];
  busy: boolean;
}

/** Appends that were given up can go on arriving for a while. */
const maxConflicts = 10;

/** Appends to a stream of its own for each tenant. Resolves when durable, with the append's position. */
export type AppendToOwnStream = (tenantId: string, events: readonly EventData[]) => Promise<Position>;

/**
 * What comes while an append is under way shares the next one, so that many at once cost no more commits than one, and one
 * alone waits for no timer.
 * @param streamNameOf must give new names each time an instance starts
 * @param atOnce callers that share an append at most
 */
export function createOwnStreams(
  eventStore: EventStore,
  streamNameOf: (tenantId: string) => string,
  atOnce = Number.POSITIVE_INFINITY,
): AppendToOwnStream {
  const lanes = new Map<string, Lane>();

  function laneOf(tenantId: string): Lane {
    let lane = lanes.get(tenantId);
    if (lane === undefined) {
      lane = { streamName: streamNameOf(tenantId), revision: -1n, waiting: [], busy: false };
      lanes.set(tenantId, lane);
    }
    return lane;
  }

  async function run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.waiting.length > 0) {
      const together = lane.waiting.splice(0, atOnce);
      const groups = together.flatMap(({ events }) => events.map((event) => [event]));
      try {
        const { position } = await appendTo(lane, groups);
        for (const one of together) one.resolve(position);
      } catch (error) {
        for (const one of together) one.reject(error);
      }
    }
    lane.busy = false;
  }

  /** Nobody else writes here: what stands where it is not expected is an earlier append that was given up, and was made. */
  async function appendTo(lane: Lane, groups: readonly (readonly EventData[])[]): Promise<AppendResult> {
    for (let attempt = 1; ; attempt++) {
      const expected = lane.revision < 0n ? 'noStream' : lane.revision;
      try {
        const result = await appendInChunks(eventStore, lane.streamName, groups, expected);
        lane.revision = result.revision;
        return result;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
        lane.revision = error.actual ?? -1n;
        // Not where a part of it was written before, which would be written again.
        if (error.expected !== expected || attempt === maxConflicts) throw error;
      }
    }
  }

  return (tenantId, events) =>
    new Promise((resolve, reject) => {
      const lane = laneOf(tenantId);
      lane.waiting.push({ events, resolve, reject });
      if (!lane.busy) void run(lane);
    });
}
