import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compareEvents } from '../../../src/eventStore/copying/compareEvents.js';
import { CopyConflict } from '../../../src/eventStore/copying/copyAppend.js';
import { copyEvents, type EventCopy } from '../../../src/eventStore/copying/copyEvents.js';
import { copyRules } from '../../../src/eventStore/copying/copyRules.js';
import { placeholderType } from '../../../src/eventStore/copying/placeholder.js';
import {
  type EmbeddedEventStore,
  openEmbeddedEventStore,
} from '../../../src/eventStore/embedded/embeddedEventStore.js';
import {
  type EventStore,
  EventStoreUnavailable,
  type RecordedEvent,
  StreamDeleted,
} from '../../../src/eventStore/eventStore.js';
import { events, idsOf, readEverything } from '../../support/eventStoreSamples.js';
import { writeRandomLog } from '../../support/randomLog.js';
import { seededRandom } from '../../support/seededRandom.js';
import { testFolder } from '../../support/testFolder.js';

const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));

function stores(t: Test) {
  const folder = testFolder(t);
  return async (name: string, clock = Date.now): Promise<EmbeddedEventStore> => {
    const store = await openEmbeddedEventStore({ folder: join(folder, name), clock });
    t.teardown(() => store.close());
    return store;
  };
}

async function copy(source: EventStore, target: EventStore, more: Partial<EventCopy> = {}): Promise<void> {
  const signal = new AbortController().signal;
  const onDurable = () => undefined;
  await copyEvents({ source, target, from: 'start', parallel: 8, onDurable, signal, ...more });
}

const ours = (all: readonly RecordedEvent[]) => all.filter(({ type }) => !type.startsWith('$'));
const compare = (source: EventStore, target: EventStore) => compareEvents(source, target, () => undefined);

/** What readers meet in each stream. */
async function streamsAsRead(store: EventStore): Promise<unknown[]> {
  const names = new Set((await readEverything(store)).map(({ streamName }) => streamName));
  const read = [...names]
    .filter((name) => !name.startsWith('$'))
    .sort()
    .map(async (name) => {
      try {
        const { events, ...about } = await store.readStream(name, { maxCount: 1000 });
        return { name, about, events: events.map(({ position: _, ...event }) => event) };
      } catch (error) {
        if (error instanceof StreamDeleted) return { name, about: 'closed' };
        throw error;
      }
    });
  return Promise.all(read);
}

t.test(
  `a copy that fails and stops again and again ends the same as the source (SEED=${seed})`,
  async (t) => {
    const open = stores(t);
    const random = seededRandom(seed);
    for (let round = 0; round < 5; round++) {
      const [source, target] = [await open(`source-${round}`), await open(`target-${round}`)];
      await writeRandomLog(source, random, 150);
      let from: EventCopy['from'] = 'start';
      for (let isDone = false; !isDone; ) {
        const stop = new AbortController();
        let until = 1 + random(20);
        const failing = Object.create(target, {
          appendToStream: {
            value: (...about: Parameters<EventStore['appendToStream']>) => {
              until -= 1;
              if (until === 0 && random(2) === 0) stop.abort();
              if (until === 0) return Promise.reject(new EventStoreUnavailable('for a test'));
              return target.appendToStream(...about);
            },
          },
        });
        // What is durable may be more than what was noted, as where the process was killed.
        const onDurable = (last: RecordedEvent) => {
          if (random(3) === 0) from = last.position;
        };
        await copy(source, failing, { from, parallel: 1 + random(8), onDurable, signal: stop.signal }).then(
          () => {
            isDone = !stop.signal.aborted;
          },
          (error: unknown) => {
            if (!(error instanceof EventStoreUnavailable)) throw error;
          },
        );
      }
      const { difference, ruled, events: compared } = await compare(source, target);
      t.equal(difference, undefined);
      t.equal(compared, ours(await readEverything(source)).length);
      t.ok((await copyRules(source, target, ruled)) > 0);
      t.equal(await copyRules(source, target, ruled), 0, 'nothing is left to be carried over');
      t.strictSame(await streamsAsRead(target), await streamsAsRead(source));

      // All of it sent again, to closed and deleted streams too.
      await copy(source, target);
      t.equal((await compare(source, target)).difference, undefined);
    }
  },
);

t.test('a stream that goes on after its copy is gone on with', async (t) => {
  const open = stores(t);
  const [source, target] = [await open('source'), await open('target')];
  await source.appendToStream('a', events(3), 'noStream');
  await copy(source, target);
  await source.deleteStream('a', 'any');
  await copyRules(source, target, ['a']);
  t.equal((await target.readStream('a', { maxCount: 9 })).exists, false);
  const more = events(2);
  await source.appendToStream('a', more, 2n);
  await copy(source, target);
  const { difference, ruled } = await compare(source, target);
  t.equal(difference, undefined);
  await copyRules(source, target, ruled);
  t.strictSame(idsOf((await target.readStream('a', { maxCount: 9 })).events), idsOf(more));
});

t.test('differences are found, each with its place', async (t) => {
  const open = stores(t);
  const source = await open('source');
  const [one, two] = [events(1), events(1)];
  await source.appendToStream('a', one, 'noStream');
  await source.appendToStream('b', two, 'noStream');
  const cases: [string, (target: EventStore) => Promise<unknown>, RegExp | undefined][] = [
    ['empty', async () => undefined, /lacks the event at position 1 /],
    ['short', (target) => target.appendToStream('a', one, 'noStream'), /lacks the event at position 2 /],
    [
      'order',
      async (target) => {
        await target.appendToStream('b', two, 'noStream');
        await target.appendToStream('a', one, 'noStream');
      },
      /the event at position 1 of the source stands behind others/,
    ],
    [
      'content',
      (target) =>
        target.appendToStream(
          'a',
          one.map((event) => ({ ...event, data: { n: 7 } })),
          'noStream',
        ),
      /the event at position 1 of the source has another content/,
    ],
    [
      'surplus',
      async (target) => {
        await copy(source, target);
        await target.appendToStream('c', events(1), 'noStream');
      },
      /the event at its position 3 is not in the source/,
    ],
    ['same', (target) => copy(source, target), undefined],
  ];
  for (const [name, write, expected] of cases) {
    const target = await open(name);
    await write(target);
    const { difference } = await compare(source, target);
    if (expected === undefined) t.equal(difference, undefined, name);
    else t.match(difference, expected, name);
  }
});

t.test('a target in which somebody else wrote is refused', async (t) => {
  const open = stores(t);
  const [source, target] = [await open('source'), await open('target')];
  await source.appendToStream('a', events(3), 'noStream');
  await target.appendToStream('a', events(2), 'noStream');
  await t.rejects(copy(source, target), CopyConflict);
});

/** As the store would be after scavenging: what was truncated is gone, also from `$all`. */
async function scavenged(store: EventStore, names: readonly string[]): Promise<EventStore> {
  const left = new Set<string>();
  for (const name of names) {
    for (const id of idsOf((await store.readStream(name, { maxCount: 1000 })).events)) left.add(id);
  }
  const readAll: EventStore['readAll'] = async (options) => {
    const slice = await store.readAll(options);
    return { ...slice, events: slice.events.filter(({ id, type }) => left.has(id) || type.startsWith('$')) };
  };
  return Object.create(store, { readAll: { value: readAll } });
}

t.test('a scavenged stream keeps its revisions, and what was removed does not come back', async (t) => {
  const open = stores(t);
  const [store, target] = [await open('source'), await open('target')];
  await store.appendToStream('a', events(700), 'noStream');
  await store.setStreamMetadata('a', { truncateBefore: 600n });
  await store.appendToStream('b', events(2), 'noStream');
  await store.appendToStream('a', events(5), 699n);
  const source = await scavenged(store, ['a', 'b']);
  await copy(source, target);
  await copy(source, target);
  const { difference, ruled, events: compared } = await compare(source, target);
  t.equal(difference, undefined);
  t.equal(compared, 107);
  await copyRules(source, target, ruled);
  t.strictSame(await streamsAsRead(target), await streamsAsRead(store));
  const places = (await readEverything(target)).filter(({ type }) => type === placeholderType);
  t.equal(places.length, 600);
});

t.test('what is too old or too much to be read does not come back by being copied', async (t) => {
  const open = stores(t);
  let now = Date.parse('2026-01-01');
  const source = await open('source', () => now);
  const target = await open('target');
  for (const name of ['some', 'all']) {
    await source.appendToStream(name, events(3), 'noStream');
    await source.setStreamMetadata(name, { maxAge: 60 });
  }
  now += 3_600_000;
  await source.appendToStream('some', events(1), 2n);
  await copy(source, target);
  t.equal(await copyRules(source, target, ['some', 'all']), 2);
  t.strictSame(await streamsAsRead(target), await streamsAsRead(source));
  t.strictSame(await target.getStreamMetadata('all'), { maxAge: 60, truncateBefore: 3n });
});
