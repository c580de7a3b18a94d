import type { IngestionEvent } from '../domain/ingestion/events.js';
import { ingestionStreamName } from '../domain/ingestion/streamName.js';
import type { Position } from '../domain/metadata.js';
import { encode } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { JourneyCause } from './journeys.js';
import { createOwnStreams } from './ownStreams.js';

export interface IngestionLog {
  /** Records what did not enter a journey. Resolves when durable. @throws EventStoreUnavailable */
  record(tenantId: string, events: readonly IngestionEvent[], cause: JourneyCause): Promise<Position>;
}

export function createIngestionLog(options: {
  readonly eventStore: EventStore;
  /** Names the streams: must be new each time an instance starts. */
  readonly instanceId: string;
  readonly newId: () => string;
}): IngestionLog {
  const { eventStore, instanceId, newId } = options;
  const append = createOwnStreams(eventStore, (tenantId) => ingestionStreamName(tenantId, instanceId));

  function record(
    tenantId: string,
    events: readonly IngestionEvent[],
    { correlationId, recordedAt, source }: JourneyCause,
  ): Promise<Position> {
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
    return append(tenantId, encoded);
  }

  return { record };
}
