import t from 'tap';
import type { AllSlice, EventStore } from '../../../src/eventStore/eventStore.js';
import { EventFeed, type Place } from '../../../src/processors/eventFeed.js';
import { action, appendTo } from '../../support/counting.js';
import { openRig } from '../../support/processorRig.js';

const tracked = new Set(['action-tracked.v1', 'page-viewed.v1']);

/** Counts the slices that are read. */
function counting(store: EventStore) {
  const reads = { all: 0, subscribed: 0 };
  const counted: Pick<EventStore, 'readAll' | 'subscribeToAll'> = {
    readAll(options) {
      reads.all += 1;
      return store.readAll(options);
    },
    async *subscribeToAll(options): AsyncGenerator<AllSlice> {
      for await (const slice of store.subscribeToAll(options)) {
        reads.subscribed += 1;
        yield slice;
      }
    },
  };
  return { reads, counted };
}

t.test(
  'who stands at one place shares what is read and decoded, and who is behind joins at the end',
  async (t) => {
    const { eventStore } = await openRig(t);
    await appendTo(eventStore, 'a', ...Array.from({ length: 10 }, (_, at) => action(`${at}`)));
    const { reads, counted } = counting(eventStore);
    const feed = new EventFeed(counted, 6);
    const { signal } = new AbortController();
    const [one, other] = await Promise.all([feed.read('start', signal), feed.read('start', signal)]);
    t.equal(reads.all, 1);
    t.equal(one.select(tracked)[0], other.select(tracked)[0], 'the same object');
    t.equal(one.atEnd, false);

    const inside = one.select(tracked)[2]?.position;
    const rest = await feed.read(inside ?? 'start', signal);
    t.same(
      rest.select(tracked).map(({ revision }) => revision),
      [3n, 4n, 5n],
    );
    t.equal(reads.all, 1, 'from memory');

    const last = await feed.read(one.next, signal);
    t.match(last, { length: 4, atEnd: true });
    const waiting = [feed.read(last.next, signal), feed.read(last.next, signal)];
    await appendTo(eventStore, 'a', action('10'));
    const [first, second] = await Promise.all(waiting);
    t.equal(first?.select(tracked)[0], second?.select(tracked)[0]);
    t.equal(reads.subscribed, 1);
    t.equal(first?.select(new Set(['page-viewed.v1'])).length, 0);
    feed.close();
  },
);

t.test(
  'who has fallen behind reads for itself, and takes no batch from those that are together',
  async (t) => {
    const { eventStore } = await openRig(t);
    await appendTo(eventStore, 'a', ...Array.from({ length: 20 }, (_, at) => action(`${at}`)));
    const { reads, counted } = counting(eventStore);
    const feed = new EventFeed(counted, 2, 0);
    const first = new AbortController();
    const places: Place[] = ['start'];
    for (let read = 0; read < 10; read++)
      places.push((await feed.read(places.at(-1) ?? 'start', first.signal)).next);
    const waiting = feed.read(places.at(-1) ?? 'start', first.signal);
    await appendTo(eventStore, 'a', action('20'));
    await waiting;

    const late = new AbortController();
    for (let read = 0; read < 6; read++) await feed.read(places[read] ?? 'start', late.signal);
    const before = reads.all;
    for (const place of places.slice(-4)) await feed.read(place, new AbortController().signal);
    t.equal(reads.all, before, 'from memory');
    feed.close();
  },
);

t.test('waiting ends when its signal aborts, at whatever moment', async (t) => {
  const { eventStore } = await openRig(t);
  const feed = new EventFeed(eventStore, 6);
  for (let turns = 0; turns < 12; turns++) {
    const stop = new AbortController();
    const waiting = feed.read('start', stop.signal);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    stop.abort();
    await t.rejects(waiting, { name: 'AbortError' });
  }
  feed.close();
});

t.test(
  'the first waits for the last, so that nothing is read twice; one that is stuck does not stop it',
  async (t) => {
    const { eventStore } = await openRig(t);
    await appendTo(eventStore, 'a', ...Array.from({ length: 12 }, (_, at) => action(`${at}`)));
    const { reads, counted } = counting(eventStore);
    const feed = new EventFeed(counted, 2, 0, 20);
    t.teardown(() => feed.close());
    const follow = async (after: () => Promise<void>) => {
      const stopping = new AbortController();
      let from: Awaited<ReturnType<EventFeed['read']>>['next'] = 'start';
      for (let batches = 0; batches < 6; batches++) {
        const batch = await feed.read(from, stopping.signal);
        from = batch.next;
        await after();
      }
    };
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.all([follow(async () => {}), follow(pause)]);
    t.equal(reads.all, 6, 'each batch was read once');

    const stuck = new AbortController().signal;
    await feed.read('start', stuck);
    const before = reads.all;
    await follow(async () => {});
    t.equal(reads.all, before + 5, 'it went on after its patience was over');
  },
);
