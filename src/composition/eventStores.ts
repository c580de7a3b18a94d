import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Scavenging } from '../cli/scavengeCommand.js';
import type { Configuration } from '../config.js';
import { openEmbeddedEventStore } from '../eventStore/embedded/embeddedEventStore.js';
import type { LogTail } from '../eventStore/embedded/logTail.js';
import { type EventStore, EventStoreUnavailable } from '../eventStore/eventStore.js';
import type { GaugeSource } from '../http/metrics.js';
import type { DependencyState } from '../http/operations.js';
import type {
  EventStoreDbEventStore,
  EventStoreDbOptions,
} from '../integrations/eventstoredb/eventStoreDbEventStore.js';
import { firstContact } from './firstContact.js';

/** What the server says of the engine behind the event store's port. */
export interface EventStoreEngine {
  /** For the lines at the start: `embedded`, or where it is. */
  readonly description: string;
  /** Bytes of appends that are not durable yet. */
  pendingBytes(): number;
  readiness(): Promise<DependencyState>;
  readonly gauges: readonly GaugeSource[];
}

export interface OpenedEventStore {
  readonly eventStore: EventStore;
  /** For a reader in another thread; where the events are in the data folder. */
  readonly tail?: () => LogTail;
  readonly engine: EventStoreEngine;
}

/** A clock further off is worth a word. Milliseconds. */
const allowedClockOffset = 5000;

/** The engine that the configuration asks for. @throws EventLogDamaged, EventStoreUnavailable */
export function openEventStore(configuration: Configuration, log: Logger): Promise<OpenedEventStore> {
  const { eventStoreUrl, dataFolder } = configuration;
  return eventStoreUrl === undefined ? openEmbedded(dataFolder, log) : openEventStoreDb(eventStoreUrl, log);
}

/** Undefined where the events are in the data folder. */
export async function openScavenging({ eventStoreUrl: url }: Configuration): Promise<Scavenging | undefined> {
  if (url === undefined) return undefined;
  const eventStore = await connect({ url });
  return { start: () => eventStore.startScavenge(), close: () => eventStore.close() };
}

async function openEmbedded(dataFolder: string, log: Logger): Promise<OpenedEventStore> {
  const eventStore = await openEmbeddedEventStore({
    folder: join(dataFolder, 'events'),
    clock: Date.now,
    onRepair: (torn) =>
      log.warn(torn, 'removed a commit that a crash had cut short; it was never acknowledged'),
  });
  const figure = (
    name: string,
    help: string,
    pick: (of: ReturnType<typeof eventStore.statistics>) => number,
  ) => gauge(name, help, () => pick(eventStore.statistics()));
  return {
    eventStore,
    tail: () => eventStore.tail(),
    engine: {
      description: 'embedded',
      pendingBytes: () => eventStore.pendingBytes,
      readiness: async () => {
        const { state } = eventStore.statistics();
        return { ready: state === 'ready', state };
      },
      gauges: [
        figure('events', 'Events in the log.', ({ events }) => events),
        figure('streams', 'Streams in the log.', ({ streams }) => streams),
        figure('pending_bytes', pendingHelp, ({ pendingBytes }) => pendingBytes),
        figure(
          'commit_seconds',
          'How long the last commit took, its sync included.',
          ({ lastCommitMilliseconds }) => lastCommitMilliseconds / 1000,
        ),
      ],
    },
  };
}

const pendingHelp = 'Bytes of appends that wait for the disk.';

async function openEventStoreDb(url: string, log: Logger): Promise<OpenedEventStore> {
  const eventStore = await connect({
    url,
    onChange: (reason) =>
      reason === undefined
        ? log.warn('EventStoreDB can be reached again')
        : log.warn({ reason }, 'EventStoreDB cannot be reached; nothing is acknowledged until it can'),
  });
  try {
    await firstContact(
      `EventStoreDB at ${eventStore.address}`,
      () => eventStore.head(),
      EventStoreUnavailable,
      log,
    );
  } catch (error) {
    await eventStore.close();
    throw error;
  }
  return { eventStore, engine: eventStoreDbEngine(eventStore) };
}

/** What speaks to the server is loaded where there is one alone: it takes longer than all of the program's own. */
async function connect(options: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
  const { EventStoreDbEventStore } = await import('../integrations/eventstoredb/eventStoreDbEventStore.js');
  return new EventStoreDbEventStore(options);
}

function eventStoreDbEngine(eventStore: EventStoreDbEventStore): EventStoreEngine {
  const figure = (
    name: string,
    help: string,
    pick: (of: ReturnType<typeof eventStore.statistics>) => number,
  ) => gauge(name, help, () => pick(eventStore.statistics()));
  return {
    description: `EventStoreDB at ${eventStore.address}`,
    pendingBytes: () => eventStore.statistics().pendingBytes,
    readiness: async () => {
      const failure = await eventStore.ping();
      if (failure !== undefined) return { ready: false, state: `EventStoreDB ${failure}` };
      const offset = await eventStore.clockOffset(Date.now);
      const isOff = offset !== undefined && Math.abs(offset) > allowedClockOffset;
      const clock = isOff ? `, its clock is ${(offset / 1000).toFixed(0)} s off` : '';
      return { ready: true, state: `EventStoreDB ready${clock}` };
    },
    gauges: [
      figure('pending_bytes', pendingHelp, ({ pendingBytes }) => pendingBytes),
      figure('appends_in_flight', 'Appends sent and not answered.', ({ appendsInFlight }) => appendsInFlight),
      figure('append_retries', 'Attempts of appends after the first.', ({ retries }) => retries),
      figure('appends_resolved', 'Appends without an answer, found written.', ({ resolved }) => resolved),
      figure('connections_renewed', 'How often the connection was made anew.', ({ renewals }) => renewals),
      figure('subscriptions', 'Subscriptions to all streams.', ({ subscriptions }) => subscriptions),
      figure(
        'subscription_restarts',
        'How often a subscription was opened again.',
        ({ subscriptionRestarts }) => subscriptionRestarts,
      ),
      gauge('reachable', 'Whether the server can be reached.', () =>
        eventStore.failure === undefined ? 1 : 0,
      ),
    ],
  };
}

function gauge(name: string, help: string, value: () => number): GaugeSource {
  return {
    name: `waymark_event_store_${name}`,
    help,
    labelNames: [],
    collect: () => [{ labels: {}, value: value() }],
  };
}
