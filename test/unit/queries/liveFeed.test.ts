import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { encode } from '../../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { type EventStore, formatPosition } from '../../../src/eventStore/eventStore.js';
import { createLiveFeed, type LiveFollower } from '../../../src/queries/liveFeed.js';
import { liveTopics } from '../../../src/queries/liveTopics.js';
import { testFolder } from '../../support/testFolder.js';

/** The embedded store, whose live reader can be held back while everything else goes on. */
async function openHeldStore(folder: string) {
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  const gate = new EventTarget();
  let held = false;
  const eventStore: EventStore = new Proxy(store, {
    get(target, name, receiver) {
      if (name !== 'subscribeToAll') {
        const value = Reflect.get(target, name, receiver);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async function* (options: Parameters<EventStore['subscribeToAll']>[0]) {
        for await (const slice of target.subscribeToAll(options)) {
          if (held) await once(gate, 'open');
          yield slice;
        }
      };
    },
  });
  return {
    eventStore,
    hold() {
      held = true;
    },
    release() {
      held = false;
      gate.dispatchEvent(new Event('open'));
    },
    async record(count: number) {
      const { lastRevision } = await store.readStream('ingestion-default_test', { maxCount: 1 });
      const metadata = {
        ...{ messageId: '', correlationId: '', causationId: '', tenantId: 'default' },
        ...{ schemaVersion: 1, occurredAt: 0, recordedAt: 0 },
      };
      const added = Array.from({ length: count }, () =>
        encode({ id: randomUUID(), event: { type: 'DuplicatesDropped', data: { count: 1 } }, metadata }),
      );
      await store.appendToStream('ingestion-default_test', added, lastRevision ?? 'noStream');
      return added.map(({ id }) => id);
    },
  };
}

function recorder() {
  const ids: string[] = [];
  let caughtUp = 0;
  let behind = false;
  const follower: LiveFollower = {
    topics: new Set([liveTopics.everything('default')]),
    onEvent: ({ recorded }) => ids.push(recorded.id),
    onCaughtUp() {
      caughtUp += 1;
    },
    isBehind: () => behind,
    async ready() {
      while (behind) await setImmediate();
    },
    onFailure(error) {
      throw error;
    },
  };
  return {
    ids,
    follower,
    caughtUp: () => caughtUp,
    setBehind(value: boolean) {
      behind = value;
    },
  };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await setImmediate();
};

t.test('whoever catches up beyond the head reader is not given the same events by it', async (t) => {
  const store = await openHeldStore(testFolder(t));
  const feed = createLiveFeed(store.eventStore, { message: async () => undefined });
  t.teardown(() => store.eventStore.close());
  const early = recorder();
  await feed.follow(early.follower, 'end');
  const expected = await store.record(3);
  await until(() => early.ids.length === 3);
  store.hold();
  expected.push(...(await store.record(1200)));
  const late = recorder();
  const subscription = await feed.follow(late.follower, 'start');
  await until(() => late.caughtUp() === 1);
  t.ok(late.ids.length > early.ids.length, 'it joined ahead of the head reader');
  store.release();
  expected.push(...(await store.record(3)));
  await until(() => late.ids.length >= 1206 && early.ids.length >= 1206);
  t.strictSame(late.ids, expected);
  t.strictSame(early.ids, expected);
  const head = await store.eventStore.head();
  t.equal(subscription.position(), head && formatPosition(head));
  await feed.close();
});

t.test('whoever falls behind reads on by itself and joins again, others unaffected', async (t) => {
  const store = await openHeldStore(testFolder(t));
  const feed = createLiveFeed(store.eventStore, { message: async () => undefined });
  t.teardown(() => store.eventStore.close());
  const slow = recorder();
  const quick = recorder();
  await feed.follow(slow.follower, 'end');
  await feed.follow(quick.follower, 'end');
  slow.setBehind(true);
  const expected = await store.record(700);
  await until(() => quick.ids.length === 700);
  t.equal(slow.ids.length, 1, 'it is given no more than what made it fall behind');
  slow.setBehind(false);
  expected.push(...(await store.record(5)));
  await until(() => slow.ids.length >= 705 && quick.ids.length >= 705);
  t.strictSame(slow.ids, expected);
  t.strictSame(quick.ids, expected);
  t.equal(slow.caughtUp(), 2);
  await feed.close();
});

t.test('a position nobody handed out is refused', async (t) => {
  const store = await openHeldStore(testFolder(t));
  const feed = createLiveFeed(store.eventStore, { message: async () => undefined });
  t.teardown(() => store.eventStore.close());
  await store.record(2);
  for (const from of ['7', 'x', '-1', '']) {
    await t.rejects(feed.follow(recorder().follower, from), { code: 'invalid-parameter' }, from);
  }
  await feed.close();
});
