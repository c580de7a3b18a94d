import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openEmbeddedEventStore } from '../src/eventStore/embedded/embeddedEventStore.js';
import type { EventData, EventStore } from '../src/eventStore/eventStore.js';

const self = fileURLToPath(import.meta.url);

/** An event of about 420 bytes of JSON, as a page view of a learning application is stored. */
export function sampleEvent(n: number): EventData {
  return {
    id: randomUUID(),
    type: n % 3 === 0 ? 'action-tracked.v1' : 'page-viewed.v1',
    data: {
      path: `/courses/algebra/lessons/${n % 500}`,
      title: `Lesson ${n % 500}`,
      sessionId: `session-${n % 10_000}`,
      featureId: 'lesson-player',
      durationMs: n % 60_000,
      device: { type: 'mobile', os: 'Android' },
    },
    metadata: {
      messageId: `message-${n}`,
      correlationId: 'c7b1f6a0-3a6b-4f0c-9b59-6d2a8c0f1e11',
      causationId: `message-${n}`,
      tenantId: 'default',
      schemaVersion: 1,
      occurredAt: 1_750_000_000_000 + n,
      recordedAt: 1_750_000_000_250 + n,
      source: 'segment',
    },
  };
}

/** Batches of 100 events, each to the next of `streams` streams with its exact revision. Events a second. */
export async function appendBatches(
  store: EventStore,
  { events, streams, inFlight }: { events: number; streams: number; inFlight: number },
): Promise<number> {
  const prepared = Array.from({ length: events }, (_, n) => sampleEvent(n));
  const names = Array.from({ length: streams }, () => `bench-${randomUUID()}`);
  const revisions = new Array<number>(streams).fill(-1);
  let next = 0;
  const started = performance.now();
  await concurrently(inFlight, async () => {
    while (next < events) {
      const batch = prepared.slice(next, next + 100);
      const place = (next / 100) % streams;
      next += 100;
      const revision = revisions[place] ?? -1;
      revisions[place] = revision + batch.length;
      await store.appendToStream(names[place] ?? '', batch, revision < 0 ? 'noStream' : BigInt(revision));
    }
  });
  return perSecond(events, started);
}

/** Batches of 100 events of 100 people: a hundred appends that share one commit. Events a second. */
export async function appendSpread(
  store: EventStore,
  { events, streams, inFlight }: { events: number; streams: number; inFlight: number },
): Promise<number> {
  const prepared = Array.from({ length: events }, (_, n) => sampleEvent(n));
  const names = Array.from({ length: streams }, () => `journey-default_${randomUUID().replaceAll('-', '')}`);
  const revisions = new Array<number>(streams).fill(-1);
  let next = 0;
  const started = performance.now();
  await concurrently(inFlight, async () => {
    while (next < events) {
      const batch = prepared.slice(next, next + 100);
      next += 100;
      await Promise.all(
        batch.map((event, n) => {
          const place = (next + n) % streams;
          const revision = revisions[place] ?? -1;
          revisions[place] = revision + 1;
          return store.appendToStream(
            names[place] ?? '',
            [event],
            revision < 0 ? 'noStream' : BigInt(revision),
          );
        }),
      );
    }
  });
  return perSecond(events, started);
}

/** Single events, each writer to a stream of its own, waiting for every answer. Events a second. */
export async function appendSingles(
  store: EventStore,
  { events, writers }: { events: number; writers: number },
): Promise<number> {
  const prepared = Array.from({ length: events }, (_, n) => sampleEvent(n));
  let next = 0;
  const started = performance.now();
  await concurrently(writers, async () => {
    const name = `bench-${randomUUID()}`;
    for (let revision = -1; next < events; revision += 1) {
      const event = prepared[next];
      next += 1;
      if (event !== undefined) {
        await store.appendToStream(name, [event], revision < 0 ? 'noStream' : BigInt(revision));
      }
    }
  });
  return perSecond(events, started);
}

/** Reads the whole of `$all`. Events a second. */
export async function replay(store: EventStore, { batch }: { batch: number }): Promise<number> {
  const started = performance.now();
  let events = 0;
  let slice = await store.readAll({ from: 'start', maxCount: batch });
  for (;;) {
    events += slice.events.length;
    if (slice.atEnd || slice.next === undefined) return perSecond(events, started);
    slice = await store.readAll({ from: slice.next, maxCount: batch });
  }
}

export interface Opening {
  readonly seconds: number;
  readonly bytesAnEvent: number;
}

/** Opens a folder in a process of its own: how long it takes, and the memory that remains, by event. */
export async function reopen(folder: string): Promise<Opening> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', self, 'open', folder]);
  return JSON.parse(stdout) as Opening;
}

async function openHere(folder: string): Promise<Opening> {
  const before = usedBytes();
  const started = performance.now();
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  const seconds = (performance.now() - started) / 1000;
  const bytesAnEvent = (usedBytes() - before) / store.statistics().events;
  await store.close();
  return { seconds, bytesAnEvent };
}

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function concurrently(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

function perSecond(events: number, started: number): number {
  return Math.round((events * 1000) / (performance.now() - started));
}

async function main(total: number): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const table: Record<string, string | number> = {};
  const measure = async (title: string, run: (store: EventStore) => Promise<number>) => {
    const folder = await mkdtemp(join(parent, 'log-'));
    const store = await openEmbeddedEventStore({ folder, clock: Date.now });
    table[`${title}, events/s`] = await run(store);
    await store.close();
    await rm(folder, { recursive: true });
  };
  try {
    const events = Math.min(total, 200_000);
    for (const inFlight of [1, 4, 16]) {
      await measure(`batches of 100 to one stream, ${inFlight} at once`, (store) =>
        appendBatches(store, { events, streams: 1, inFlight }),
      );
    }
    await measure('batches of 100 to 100 streams in turn, 4 at once', (store) =>
      appendBatches(store, { events, streams: 100, inFlight: 4 }),
    );
    await measure('batches of 100 people, 4 at once', (store) =>
      appendSpread(store, { events, streams: 10_000, inFlight: 4 }),
    );
    for (const writers of [1, 64]) {
      await measure(`single events, ${writers} writers`, (store) =>
        appendSingles(store, { events: Math.min(total, writers * 5000, 100_000), writers }),
      );
    }
    for (const streams of [total / 100, total]) {
      const folder = await mkdtemp(join(parent, 'log-'));
      const store = await openEmbeddedEventStore({ folder, clock: Date.now });
      for (let done = 0; done < total; done += events) {
        await appendSpread(store, { events, streams: (streams * events) / total, inFlight: 4 });
      }
      table[`replay of ${total} events in ${streams} streams, events/s`] = await replay(store, {
        batch: 1000,
      });
      await store.close();
      const opened = await reopen(folder);
      table[`open ${total} events in ${streams} streams, s`] = opened.seconds.toFixed(2);
      table[`memory of ${total} events in ${streams} streams, bytes/event`] = Math.round(opened.bytesAnEvent);
      await rm(folder, { recursive: true });
    }
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
  console.table(table);
}

if (process.argv[1] === self) {
  const [, , first = '1000000', folder = ''] = process.argv;
  if (first === 'open') console.log(JSON.stringify(await openHere(folder)));
  else await main(Number(first));
}
