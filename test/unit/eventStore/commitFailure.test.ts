import t, { type Test } from 'tap';
import { EmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { CommitFailed, openFrameLog } from '../../../src/eventStore/embedded/frameLog.js';
import { EventStoreUnavailable, WrongExpectedRevision } from '../../../src/eventStore/eventStore.js';
import { events, idsOf, readEverything } from '../../support/eventStoreSamples.js';
import { faultyFrameLog } from '../../support/faultyFrameLog.js';
import { testFolder } from '../../support/testFolder.js';

const noRoom = new CommitFailed('no space left on device', true);
const failedSync = new CommitFailed('input/output error', false);

t.test('a full disk refuses appends, keeps reading, and recovers by itself', async (t) => {
  const { store, faults } = await openFaulty(t);
  const first = events(2);
  await store.appendToStream('s', first, 'noStream');
  faults.failWith(noRoom);
  const lost = events(3);
  await unavailable(t, store.appendToStream('s', lost, 1n));
  await unavailable(t, store.appendToStream('other', events(1), 'noStream'));
  await unavailable(t, store.setStreamMetadata('s', { maxCount: 1 }));
  await unavailable(t, store.tombstoneStream('s', 1n));
  t.equal(store.statistics().state, 'ready');
  t.strictSame(idsOf((await store.readStream('s', { maxCount: 10 })).events), idsOf(first), 'reads go on');
  faults.failWith(undefined);
  t.equal((await store.appendToStream('s', lost, 1n)).revision, 4n, 'the same append succeeds later');
  t.equal((await store.appendToStream('other', events(1), 'noStream')).revision, 0n);
  t.equal((await readEverything(store)).length, 6);
});

t.test('after a failed sync nothing is ever acknowledged', async (t) => {
  const { store, faults, log } = await openFaulty(t);
  const first = events(2);
  await store.appendToStream('s', first, 'noStream');
  faults.failWith(failedSync);
  await unavailable(t, store.appendToStream('s', events(1), 1n));
  faults.failWith(undefined);
  const commits = faults.commits();
  await unavailable(t, store.appendToStream('s', events(1), 1n));
  await unavailable(t, store.appendToStream('s', first, 'noStream'), 'not even what is stored');
  await unavailable(t, store.deleteStream('s', 'any'));
  t.equal(faults.commits(), commits, 'and nothing is written');
  t.equal(store.statistics().state, 'failed');
  t.strictSame(idsOf(await readEverything(store)), idsOf(first));
  await store.close();
  const reopened = await log();
  t.equal((await reopened.appendToStream('s', events(1), 1n)).revision, 2n, 'a restart heals it');
});

t.test('appends behind a failed commit fail with it, and the revisions roll back', async (t) => {
  const { store, faults } = await openFaulty(t);
  await store.appendToStream('s', events(1), 'noStream');
  const release = faults.hold();
  faults.failWith(noRoom);
  const retried = events(1);
  const lost = [
    store.appendToStream('s', retried, 0n),
    store.appendToStream('s', events(2), 1n),
    store.appendToStream('fresh', events(1), 'noStream'),
  ];
  const behind = Promise.resolve().then(() => store.appendToStream('s', events(1), 3n));
  await Promise.resolve();
  const duplicate = store.appendToStream('s', retried, 0n);
  release();
  for (const append of [...lost, behind, duplicate]) await unavailable(t, append);
  faults.failWith(undefined);
  const refused = await rejection(store.appendToStream('s', events(1), 2n));
  t.ok(refused instanceof WrongExpectedRevision && refused.actual === 0n, 'the stream is where it was');
  t.equal((await store.appendToStream('s', retried, 0n)).revision, 1n);
  t.equal((await store.readStream('fresh', { maxCount: 1 })).exists, false);
  t.equal(store.pendingBytes, 0);
});

t.test('appends of one tick share a frame, and those that come meanwhile the next', async (t) => {
  const { store, faults } = await openFaulty(t);
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => store.appendToStream(`s${n}`, events(2), 'noStream')),
  );
  t.equal(faults.commits(), 1);
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      for (let hop = 0; hop < n; hop += 1) await store.readStream(`s${n}`, { maxCount: 1 });
      await store.appendToStream(`t${n}`, events(1), 'noStream');
    }),
  );
  t.equal(faults.commits(), 2, 'also where they wait for reads before');
  const release = faults.hold();
  const first = store.appendToStream('s0', events(1), 1n);
  await new Promise((resolve) => setImmediate(resolve));
  const behind = Array.from({ length: 20 }, (_, n) => store.appendToStream('s0', events(1), BigInt(n + 2)));
  t.ok(store.pendingBytes > 0);
  release();
  await Promise.all([first, ...behind]);
  t.equal(faults.commits(), 4);
  t.equal(store.pendingBytes, 0);
});

t.test('nothing is visible, and no retry answered, before it is durable', async (t) => {
  const { store, faults } = await openFaulty(t);
  const sent = events(2);
  const release = faults.hold();
  let answers = 0;
  const count = () => {
    answers += 1;
  };
  const original = store.appendToStream('s', sent, 'noStream');
  const exact = store.appendToStream('s', sent, 'noStream');
  const any = store.appendToStream('s', sent, 'any');
  const all = [original, exact, any].map((append) => append.then(count));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(answers, 0);
  t.equal((await store.readStream('s', { maxCount: 1 })).exists, false);
  t.equal(await store.head(), undefined);
  release();
  await Promise.all(all);
  t.strictSame(await exact, await original);
  t.strictSame(await any, await original);
  t.equal((await readEverything(store)).length, 2);
});

t.test('too much waiting for the disk is refused', async (t) => {
  const { store, faults } = await openFaulty(t);
  const release = faults.hold();
  const [event] = events(1);
  const large = { id: '', type: 'large.v1', data: { text: 'x'.repeat(1_000_000) }, metadata: {} };
  const appends = Array.from({ length: 80 }, (_, n) =>
    store.appendToStream(`s${n}`, [{ ...large, id: event?.id ?? '' }], 'noStream'),
  );
  const settled = Promise.allSettled(appends);
  release();
  const refused = (await settled).filter(({ status }) => status === 'rejected').length;
  t.ok(refused > 40 && refused < 55, `${refused} of 80 MB refused at a limit of 32 MiB`);
  t.equal((await store.appendToStream('after', events(1), 'noStream')).revision, 0n);
});

t.test('a second process on the same folder can never overwrite what is stored', async (t) => {
  const { store, log } = await openFaulty(t);
  const second = await log();
  const sent = events(2);
  await store.appendToStream('s', sent, 'noStream');
  await unavailable(t, second.appendToStream('s', events(2), 'noStream'));
  t.equal(second.statistics().state, 'failed');
  t.strictSame(idsOf(await readEverything(await log())), idsOf(sent));
});

t.test('close waits for what is on its way, and ends subscriptions', async (t) => {
  const { store, faults, log } = await openFaulty(t);
  const release = faults.hold();
  const subscription = (async () => {
    const signal = new AbortController().signal;
    for await (const _ of store.subscribeToAll({ from: 'start', maxCount: 10, signal }));
  })();
  const append = store.appendToStream('s', events(1), 'noStream');
  const closed = store.close();
  await unavailable(t, store.appendToStream('s', events(1), 'any'), 'no append once closing');
  release();
  t.equal((await append).revision, 0n);
  await Promise.all([closed, subscription]);
  t.equal((await readEverything(await log())).length, 1);
});

async function openFaulty(t: Test) {
  const folder = testFolder(t);
  const faults = faultyFrameLog(openFrameLog(folder));
  const store = await EmbeddedEventStore.open(faults.log, { folder, clock: Date.now });
  t.teardown(() => store.close());
  const log = async () => {
    const reopened = await EmbeddedEventStore.open(openFrameLog(folder), { folder, clock: Date.now });
    t.teardown(() => reopened.close());
    return reopened;
  };
  return { store, faults, log };
}

async function unavailable(t: Test, promise: Promise<unknown>, title = 'unavailable'): Promise<void> {
  t.ok((await rejection(promise)) instanceof EventStoreUnavailable, title);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}
