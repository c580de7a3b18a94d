import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedEventStore } from '../src/eventStore/embedded/embeddedEventStore.js';
import type { EventStore } from '../src/eventStore/eventStore.js';
import { EventStoreDbEventStore } from '../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { startEventStoreDbProcess } from '../test/support/eventstoredb/serverProcess.js';
import { appendBatches, appendSingles, appendSpread, replay } from './eventStore.js';

/**
 * The event store's engines side by side: the embedded one, and the adapter for EventStoreDB, against the server that
 * EVENTSTORE_URL names or else the test server in a process of its own. The test server keeps its events as the embedded
 * store does, so what its column loses is what the wire, the protocol and two processes cost. Of a test server's replay
 * half is its own encoding.
 */
async function main(total: number): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const table: Record<string, Record<string, number>> = {};
  const given = process.env.EVENTSTORE_URL;
  const played = given === undefined ? await startEventStoreDbProcess(join(parent, 'server')) : undefined;
  const engines: Record<string, EventStore> = {
    embedded: await openEmbeddedEventStore({ folder: join(parent, 'embedded'), clock: Date.now }),
    EventStoreDB: new EventStoreDbEventStore({ url: given ?? played?.url ?? '', timeout: 30_000 }),
  };
  try {
    for (const [engine, store] of Object.entries(engines)) {
      const measure = async (title: string, run: () => Promise<number>) => {
        table[title] = { ...table[title], [engine]: await run() };
      };
      for (const inFlight of [1, 16]) {
        await measure(`batches of 100 to 100 streams, ${inFlight} at once`, () =>
          appendBatches(store, { events: total, streams: 100, inFlight }),
        );
      }
      await measure('batches of 100 people, 4 at once', () =>
        appendSpread(store, { events: total, streams: 10_000, inFlight: 4 }),
      );
      await measure('single events, 64 writers', () =>
        appendSingles(store, { events: total / 4, writers: 64 }),
      );
      // A log of one's own is replayed as a whole; a shared one has no part that is known to be this one's.
      if (given === undefined) await measure('replay in pages of 1000', () => replay(store, { batch: 1000 }));
      await store.close();
    }
  } finally {
    await played?.stop();
    await rm(parent, { recursive: true, force: true });
  }
  console.log('events a second');
  console.table(table);
}

await main(Number(process.argv[2] ?? '40000'));
