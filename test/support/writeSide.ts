import { randomUUID } from 'node:crypto';
import type { IncomingMessage, IngestResult } from '../../src/commands/incomingMessage.js';
import { createIngestionLog } from '../../src/commands/ingestionLog.js';
import { createIngestMessages } from '../../src/commands/ingestMessages.js';
import type { JourneySnapshot, JourneySnapshots } from '../../src/commands/journeySnapshots.js';
import { createJourneys, type Journeys } from '../../src/commands/journeys.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { defaultJourneySettings } from '../../src/domain/journey/settings.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { decode } from '../../src/eventStore/codec.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';

/** The command handlers on an event store, with snapshots kept in a map. */
export function writeSide(
  eventStore: EventStore,
  options: {
    readonly snapshots?: Map<string, JourneySnapshot>;
    readonly maxRememberedMessages?: number;
  } = {},
) {
  const kept = options.snapshots ?? new Map<string, JourneySnapshot>();
  const snapshots: JourneySnapshots = {
    load: async (streamName) => kept.get(streamName),
    save: async (streamName, snapshot) => {
      kept.set(streamName, snapshot);
    },
  };
  const journeys: Journeys = createJourneys({
    eventStore,
    snapshots,
    settingsOf: () => defaultJourneySettings,
    newId: randomUUID,
    maxRememberedMessages: options.maxRememberedMessages ?? 1_000_000,
    onSnapshotError: (error) => {
      throw error;
    },
  });
  const ingestionLog = createIngestionLog({ eventStore, instanceId: randomUUID(), newId: randomUUID });
  const dependencies = {
    journeys,
    ingestionLog,
    eventStore,
    newId: randomUUID,
    subjectOf: (_: string, kind: string, value: string) => `${kind}-${value}`,
  };
  const ingestMessages = createIngestMessages(dependencies);
  const send = (...messages: Omit<IncomingMessage, 'index'>[]): Promise<IngestResult> =>
    ingestMessages({
      tenantId: 'default',
      correlationId: randomUUID(),
      source: 'test',
      receivedAt: Date.now(),
      messages: messages.map((message, index) => ({ ...message, index })),
      rejected: [],
    });
  return { dependencies, journeys, ingestMessages, send };
}

/** Everything an event store holds, in order, as domain events. */
export async function allEvents(eventStore: EventStore): Promise<Recorded<DomainEvent>[]> {
  const { events } = await eventStore.readAll({ from: 'start', maxCount: 1_000_000 });
  return events.flatMap((event) => decode(event) ?? []);
}
