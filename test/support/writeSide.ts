import { randomUUID } from 'node:crypto';
import type { ConsentCurrency } from '../../src/commands/consentStates.js';
import { createConsents } from '../../src/commands/consents.js';
import type { IncomingMessage, IngestResult } from '../../src/commands/incomingMessage.js';
import { createIngestionLog } from '../../src/commands/ingestionLog.js';
import { createIngestMessages } from '../../src/commands/ingestMessages.js';
import type { JourneySnapshot, JourneySnapshots } from '../../src/commands/journeySnapshots.js';
import { createJourneys, type Journeys } from '../../src/commands/journeys.js';
import { type ConsentPolicy, defaultConsentPolicy } from '../../src/domain/consent/policy.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { defaultJourneySettings } from '../../src/domain/journey/settings.js';
import type { Position, Recorded } from '../../src/domain/metadata.js';
import { decode } from '../../src/eventStore/codec.js';
import type { AllSlice, EventStore, RecordedEvent } from '../../src/eventStore/eventStore.js';
import { everythingKept, plainSealing } from './plainSealing.js';

/** The command handlers on an event store, with snapshots kept in a map. */
export function writeSide(
  eventStore: EventStore,
  options: {
    readonly snapshots?: Map<string, JourneySnapshot>;
    readonly maxStateBytes?: number;
    readonly consentPolicy?: ConsentPolicy;
    /** Where there are other instances. */
    readonly currency?: ConsentCurrency;
  } = {},
) {
  const kept = options.snapshots ?? new Map<string, JourneySnapshot>();
  const snapshots: JourneySnapshots = {
    load: async (streamName) => kept.get(streamName),
    save: async (saved) => {
      for (const [streamName, snapshot] of saved) kept.set(streamName, structuredClone(snapshot));
    },
    remove: async (streamNames) => {
      for (const streamName of streamNames) kept.delete(streamName);
    },
  };
  const journeys: Journeys = createJourneys({
    eventStore,
    snapshots,
    settingsOf: () => defaultJourneySettings,
    sealing: plainSealing,
    fieldRulesOf: () => everythingKept,
    newId: randomUUID,
    maxStateBytes: options.maxStateBytes ?? 1_000_000,
    onSnapshotError: (error) => {
      throw error;
    },
  });
  const consents = createConsents({
    eventStore,
    journeys,
    settingsOf: () => options.consentPolicy ?? defaultConsentPolicy,
    newId: randomUUID,
    maxRememberedStates: 1000,
    ...(options.currency && { currency: options.currency }),
  });
  const ingestionLog = createIngestionLog({ eventStore, instanceId: randomUUID(), newId: randomUUID });
  const dependencies = {
    journeys,
    consents,
    ingestionLog,
    eventStore,
    sealing: plainSealing,
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
  return { dependencies, journeys, consents, ingestMessages, send };
}

/** Everything an event store holds, in order. */
export async function everything(eventStore: EventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let from: Position | 'start' = 'start'; ; ) {
    const slice: AllSlice = await eventStore.readAll({ from, maxCount: 100_000 });
    events.push(...slice.events);
    if (slice.atEnd || slice.next === undefined) return events;
    from = slice.next;
  }
}

/** The same as domain events. */
export async function allEvents(eventStore: EventStore): Promise<Recorded<DomainEvent>[]> {
  return (await everything(eventStore)).flatMap((event) => decode(event) ?? []);
}
