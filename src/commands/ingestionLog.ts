import type { IngestionEvent } from '../domain/ingestion/events.js';
import { ingestionStreamName } from '../domain/ingestion/streamName.js';
import type { Position } from '../domain/metadata.js';
import { encode } from '../eventStore/codec.js';
import type { EventData, EventStore } from '../eventStore/eventStore.js';
import { appendInChunks } from './appendInChunks.js';
import type { JourneyCause } from './journeys.js';

export interface IngestionLog {
  /** Records what did not enter a journey. Resolves when durable. @throws EventStoreUnavailable */
  record(tenantId: string, events: readonly IngestionEvent[], cause: JourneyCause): Promise<Position>;
}

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

export function createIngestionLog(options: {
  readonly eventStore: EventStore;
  /** Names the streams: must be new each time an instance starts. */
  readonly instanceId: string;
  readonly newId: () => string;
}): IngestionLog {
  const { eventStore, instanceId, newId } = options;
  const lanes = new Map<string, Lane>();

  function record(
    tenantId: string,
    events: readonly IngestionEvent[],
    { correlationId, recordedAt, source }: JourneyCause,
  ): Promise<Position> {
    const lane = laneOf(tenantId);
    const encoded = events.map((event) =>
      encode({
        id: newId(),
        event,
        metadata: {
          messageId: correlationId,
          correlationId,
          causationId: correlationId,
          tenantId,
          schemaVersion: 1,
          occurredAt: recordedAt,
          recordedAt,
          ...(source === undefined ? undefined : { source }),
        },
      }),
    );
    return new Promise((resolve, reject) => {
      lane.waiting.push({ events: encoded, resolve, reject });
      if (!lane.busy) void run(lane);
    });
  }

  function laneOf(tenantId: string): Lane {
    let lane = lanes.get(tenantId);
    if (lane === undefined) {
      lane = {
        streamName: ingestionStreamName(tenantId, instanceId),
        revision: -1n,
        waiting: [],
        busy: false,
      };
      lanes.set(tenantId, lane);
    }
    return lane;
  }

  async function run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.waiting.length > 0) {
      const waiting = lane.waiting;
      lane.waiting = [];
      const events = waiting.flatMap((one) => one.events.map((event) => [event]));
      try {
        const expected = lane.revision < 0n ? 'noStream' : lane.revision;
        const { revision, position } = await appendInChunks(eventStore, lane.streamName, events, expected);
        lane.revision = revision;
        for (const one of waiting) one.resolve(position);
      } catch (error) {
        for (const one of waiting) one.reject(error);
        await readBackRevision(lane).catch(() => undefined);
      }
    }
    lane.busy = false;
  }

  /** After a failure it is not known how much was written. */
  async function readBackRevision(lane: Lane): Promise<void> {
    const { lastRevision } = await eventStore.readStream(lane.streamName, {
      direction: 'backwards',
      maxCount: 1,
    });
    lane.revision = lastRevision ?? -1n;
  }

  return { record };
}
