import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ServerCredentials } from '@grpc/grpc-js';
import t, { type Test } from 'tap';
import {
  type EventData,
  EventStoreUnavailable,
  WrongExpectedRevision,
} from '../../src/eventStore/eventStore.js';
import {
  EventStoreDbEventStore,
  type EventStoreDbOptions,
} from '../../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { startProxy } from '../support/eventstoredb/proxy.js';
import { type EventStoreDbServer, startEventStoreDbServer } from '../support/eventstoredb/server.js';
import { startEventStoreDbProcess } from '../support/eventstoredb/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

/** What the client does wrong, and what a server may: each must end in an answer, within a time. Milliseconds. */
const timeout = 400;

const unavailable = { code: 'event-store-unavailable' };
let folders = 0;
const root = testFolder(t);

async function rig(t: Test, options: Partial<EventStoreDbOptions> = {}) {
  const server = await startEventStoreDbServer({ folder: join(root, String(folders++)) });
  const store = new EventStoreDbEventStore({ url: server.url, timeout, heartbeat: 200, ...options });
  t.teardown(async () => {
    await store.close();
    await server.stop();
  });
  return { server, store, faults: server.faults };
}

function events(count: number): EventData[] {
  return Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    type: 'fault-tested.v1',
    data: { n },
    metadata: {},
  }));
}

const idsOf = (list: readonly EventData[]) => list.map(({ id }) => id);

/** Everything from the start on, as it comes. */
function follow(store: EventStoreDbEventStore) {
  const controller = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const { signal } = controller;
    for await (const slice of store.subscribeToAll({ from: 'start', maxCount: 10, signal }))
      seen.push(...idsOf(slice.events));
  })();
  return {
    seen,
    async stop() {
      controller.abort();
      await following;
    },
  };
}

async function stored(server: EventStoreDbServer, streamName: string): Promise<string[]> {
  return idsOf((await server.store.readStream(streamName, { maxCount: 10_000 })).events);
}

t.test('a server that accepts and says nothing', async (t) => {
  const { store, faults, server } = await rig(t);
  const streamName = `silent-${randomUUID()}`;
  await store.appendToStream(streamName, events(1), 'noStream');
  const controller = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const from = (await store.head()) ?? 'start';
    for await (const slice of store.subscribeToAll({ from, maxCount: 10, signal: controller.signal })) {
      seen.push(...idsOf(slice.events));
    }
  })();
  await until(() => store.statistics().subscriptions === 1, 'it follows');

  faults.silent = true;
  await t.rejects(store.appendToStream(streamName, events(1), 0n), unavailable, 'an append');
  t.equal(store.failure, 'silent', 'the culprit is named');
  await t.rejects(store.readStream(streamName, { maxCount: 1 }), unavailable, 'a read');
  await t.rejects(store.readAll({ from: 'start', maxCount: 1 }), unavailable);
  await t.rejects(store.head(), unavailable);
  await t.rejects(store.deleteStream(streamName, 'any'), unavailable);
  await t.rejects(store.tombstoneStream(streamName, 'any'), unavailable);
  await t.rejects(store.setStreamMetadata(streamName, {}), unavailable);

  faults.silent = false;
  await until(() => store.failure === undefined, 'it has recovered');
  const sent = events(3);
  await store.appendToStream(`silent-${randomUUID()}`, sent, 'noStream');
  await until(() => sent.every(({ id }) => seen.includes(id)), 'the events are seen');
  t.equal(new Set(seen).size, seen.length, 'the subscription goes on, and gives nothing twice');
  t.equal((await stored(server, streamName)).length, 1, 'what nobody answered was not taken');
  controller.abort();
  await following;
});

t.test('a silence of many time-outs, under load', async (t) => {
  const patience = 40;
  const { store, faults, server } = await rig(t, { timeout: patience, heartbeat: patience });
  const { seen, stop } = follow(store);
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let isOver = false;
  const load = async (streamName: string) => {
    for (let revision = -1n; !isOver; ) {
      const [event] = events(1);
      if (event === undefined) return;
      const expected = revision < 0n ? 'noStream' : revision;
      const appended = await store.appendToStream(streamName, [event], expected).catch(() => undefined);
      if (appended === undefined) {
        refused.push(event.id);
        await setTimeout(10);
        // What is unknown is found out before the next one.
        const slice = await store.readStream(streamName, { maxCount: 1000 }).catch(() => undefined);
        if (slice !== undefined) revision = BigInt(slice.events.length) - 1n;
      } else {
        acknowledged.push(event.id);
        revision = appended.revision;
      }
    }
  };
  const loads = [1, 2, 3, 4].map((n) => load(`long-${n}-${randomUUID()}`));
  await until(() => acknowledged.length > 20, 'it is under load');
  faults.silent = true;
  await until(() => store.failure === 'silent', 'it is noticed');
  const { renewals } = store.statistics();
  const [handles, told] = [process.getActiveResourcesInfo().length, refused.length];
  await until(
    () => store.statistics().renewals >= renewals + 6,
    'it was connected to again and again',
    60_000,
  );
  t.ok(refused.length > told, 'everybody is told so meanwhile');
  t.equal(store.statistics().pendingBytes, 0, 'nothing is kept for later');
  t.ok(process.getActiveResourcesInfo().length < handles + 20, 'no connection is left open');
  faults.silent = false;
  const before = acknowledged.length;
  await until(() => acknowledged.length > before + 20, 'it goes on', 30_000);
  isOver = true;
  await Promise.all(loads);
  const stored = (await server.store.readAll({ from: 'start', maxCount: 100_000 })).events;
  const ids = idsOf(stored.filter(({ streamName }) => streamName.startsWith('long-')));
  t.equal(new Set(ids).size, ids.length, 'nothing twice');
  t.strictSame(
    acknowledged.filter((id) => !ids.includes(id)),
    [],
    'nothing lost',
  );
  await until(() => seen.length >= ids.length, 'the subscription sees all of it');
  t.strictSame(seen, ids, 'once, in order');
  await stop();
});

t.test('an append whose answer is lost is sent again, with the same ids', async (t) => {
  const { store, faults, server } = await rig(t);
  for (const fault of ['loseAnswers', 'failAfterWrite', 'failBeforeWrite'] as const) {
    const streamName = `${fault}-${randomUUID()}`;
    const [first, second] = [events(2), events(3)];
    faults[fault] = 1;
    t.equal((await store.appendToStream(streamName, first, 'noStream')).revision, 1n, fault);
    faults[fault] = 1;
    const result = await store.appendToStream(streamName, second, 1n);
    t.equal(result.revision, 4n);
    t.strictSame(await stored(server, streamName), idsOf([...first, ...second]), 'once, in order');
    const [last] = (await store.readStream(streamName, { direction: 'backwards', maxCount: 1 })).events;
    t.strictSame(result.position, last?.position);
  }
});

t.test(
  'an append that the server does not confirm in time is sent again, and no other with it',
  async (t) => {
    const { store, faults, server } = await rig(t, { timeout: 5000 });
    const streamName = `unconfirmed-${randomUUID()}`;
    const sent = events(2);
    faults.slow = 100;
    faults.notConfirmed = 1;
    const unconfirmed = store.appendToStream(streamName, sent, 'noStream');
    const others = Array.from({ length: 20 }, () =>
      store.appendToStream(`beside-${randomUUID()}`, events(1), 'noStream'),
    );
    t.equal((await unconfirmed).revision, 1n);
    await Promise.all(others);
    t.strictSame(await stored(server, streamName), idsOf(sent), 'once, in order');
    t.equal(store.statistics().retries, 1);
    t.equal(server.calls.get('BatchAppend'), 1, 'over the same stream of appends');

    faults.notConfirmed = Number.POSITIVE_INFINITY;
    await t.rejects(store.appendToStream(streamName, events(1), 1n), {
      ...unavailable,
      message: /not confirming/,
    });
  },
);

t.test('what a server calls a conflict after a lost answer is read back', async (t) => {
  const { store, faults, server } = await rig(t);
  faults.forgetful = true;
  const streamName = `forgetful-${randomUUID()}`;
  const [first, second] = [events(2), events(2)];
  faults.loseAnswers = 1;
  t.equal((await store.appendToStream(streamName, first, 'noStream')).revision, 1n);
  faults.failAfterWrite = 1;
  t.equal((await store.appendToStream(streamName, second, 1n)).revision, 3n);
  t.equal(store.statistics().resolved, 2);
  t.strictSame(await stored(server, streamName), idsOf([...first, ...second]));

  faults.failBeforeWrite = 1;
  // It may fail while the other is still being written.
  const failing = store.appendToStream(streamName, events(1), 3n).then(
    () => undefined,
    (given: unknown) => given,
  );
  await server.store.appendToStream(streamName, events(1), 3n);
  const error = await failing;
  t.ok(error instanceof WrongExpectedRevision && error.actual === 4n, 'what others wrote is a conflict');
});

t.test('without an exact revision a lost answer is told, and nothing is written twice', async (t) => {
  const { store, faults, server } = await rig(t);
  const streamName = `any-${randomUUID()}`;
  faults.loseAnswers = 1;
  await t.rejects(store.appendToStream(streamName, events(1), 'any'), unavailable);
  t.equal((await stored(server, streamName)).length, 1);
});

t.test('the stream of appends of one client fails: the appends of another go on', async (t) => {
  const { store, faults } = await rig(t);
  const other = await rig(t);
  other.faults.slow = 100;
  const pending = other.store.appendToStream(`other-${randomUUID()}`, events(1), 'noStream');
  faults.failBeforeWrite = 1;
  await store.appendToStream(`failing-${randomUUID()}`, events(1), 'noStream');
  t.equal((await pending).revision, 0n);
  t.equal(other.store.statistics().retries, 0);
});

t.test('an answer that nobody waits for is passed over', async (t) => {
  const { store, faults } = await rig(t);
  faults.foreignAnswers = 1;
  t.equal((await store.appendToStream(`foreign-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
});

t.test('a late answer is passed over', async (t) => {
  const { store, faults, server } = await rig(t, { timeout: 150 });
  const streamName = `late-${randomUUID()}`;
  faults.slow = 200;
  const sent = events(1);
  const append = store.appendToStream(streamName, sent, 'noStream').catch((error: unknown) => error);
  await until(async () => (await stored(server, streamName)).length > 0, 'it is written');
  faults.slow = 0;
  await append;
  await until(() => store.failure === undefined, 'it has recovered');
  t.equal((await store.appendToStream(streamName, sent, 'noStream')).revision, 0n);
  t.strictSame(await stored(server, streamName), idsOf(sent));
});

t.test('a subscription that fails is opened again where it was', async (t) => {
  const { store, faults } = await rig(t);
  const sent = events(40);
  await store.appendToStream(`broken-${randomUUID()}`, sent, 'noStream');
  faults.breakSubscriptions = 5;
  const seen: string[] = [];
  const signal = new AbortController().signal;
  for await (const slice of store.subscribeToAll({ from: 'start', maxCount: 7, signal })) {
    seen.push(...idsOf(slice.events));
    if (seen.length >= sent.length) break;
  }
  t.strictSame(seen, idsOf(sent), 'nothing lost, nothing twice');
  t.equal(store.statistics().subscriptionRestarts, 5);
});

t.test('a subscription that is deaf while the log grows is opened again', async (t) => {
  const { store, faults, server } = await rig(t);
  const { seen, stop } = follow(store);
  await until(() => (server.calls.get('Read') ?? 0) > 0, 'it follows');
  faults.deafSubscriptions = true;
  const sent = events(2);
  await store.appendToStream(`deaf-${randomUUID()}`, sent, 'noStream');
  await until(() => store.statistics().subscriptionRestarts > 0, 'it was opened again');
  faults.deafSubscriptions = false;
  await until(() => seen.length >= 2, 'the events are seen');
  t.strictSame(seen, idsOf(sent));
  await stop();
});

t.test('checkpoints without events do not hold a subscription up', async (t) => {
  const { store, server } = await rig(t);
  const noise = Array.from({ length: 3000 }, () => ({
    id: randomUUID(),
    type: '$statsCollected',
    data: {},
    metadata: {},
  }));
  await server.store.appendToStream('$stats-127.0.0.1', noise, 'any');
  const [sent] = events(1);
  if (sent === undefined) return;
  await store.appendToStream(`quiet-${randomUUID()}`, [sent], 'noStream');
  const all = await store.readAll({ from: 'start', maxCount: 10 });
  t.strictSame(idsOf(all.events), [sent.id], 'what the server wrote for itself is not shown');
  await server.store.appendToStream('$stats-127.0.0.1', noise, 'any');
  t.strictSame(await store.head(), all.next, 'and is not the end of the log');
  t.strictSame(await store.head(), all.next);
  const signal = new AbortController().signal;
  for await (const slice of store.subscribeToAll({ from: 'start', maxCount: 10, signal })) {
    t.strictSame(idsOf(slice.events), [sent.id]);
    break;
  }
});

t.test('a server that gives its events slowly is read to the end all the same', async (t) => {
  const { store, faults } = await rig(t);
  const sent = events(25);
  await store.appendToStream(`slow-${randomUUID()}`, sent, 'noStream');
  faults.slowEvents = timeout / 8;
  const seen: string[] = [];
  let from: Parameters<typeof store.readAll>[0]['from'] = 'start';
  for (let atEnd = false; !atEnd; ) {
    const slice = await store.readAll({ from, maxCount: 100 });
    seen.push(...idsOf(slice.events));
    from = slice.next ?? from;
    atEnd = slice.atEnd;
  }
  t.strictSame(seen, idsOf(sent));
});

t.test(
  'a server that takes too long for one event is out of reach, and not asked for it for ever',
  async (t) => {
    const { store, faults } = await rig(t);
    await store.appendToStream(`slower-${randomUUID()}`, events(3), 'noStream');
    const { next } = await store.readAll({ from: 'start', maxCount: 1 });
    faults.slowEvents = 0.7 * timeout;
    await t.rejects(store.readAll({ from: next ?? 'start', maxCount: 100 }), unavailable);
  },
);

t.test('hundreds of appends at once on a fresh connection', async (t) => {
  const { store } = await rig(t, { timeout: 5000 });
  let most = 0;
  const appends = Array.from({ length: 600 }, async () => {
    const result = store.appendToStream(`many-${randomUUID()}`, events(2), 'noStream');
    most = Math.max(most, store.statistics().appendsInFlight);
    return result;
  });
  const results = await Promise.all(appends);
  t.equal(results.length, 600);
  t.ok(most <= 64, `at most ${most} are on their way`);
  t.equal(store.statistics().pendingBytes, 0);
});

/** An event of roughly so many bytes. */
function wide(bytes: number): EventData {
  return { id: randomUUID(), type: 'wide.v1', data: { text: 'x'.repeat(bytes) }, metadata: {} };
}

async function behindProxy(t: Test, patience: number) {
  const { server } = await rig(t);
  const proxy = await startProxy(() => server.port);
  const store = new EventStoreDbEventStore({ url: proxy.url, timeout: patience });
  t.teardown(async () => {
    await store.close();
    await proxy.close();
  });
  return { store, proxy, server };
}

/** More than a network takes without being read. */
function appendWide(store: EventStoreDbEventStore) {
  return Array.from({ length: 16 }, async () => {
    const streamName = `wide-${randomUUID()}`;
    const sent = wide(1000 * 1024);
    const outcome = await store.appendToStream(streamName, [sent], 'noStream').then(
      () => 'written',
      (error: unknown) => (error instanceof EventStoreUnavailable ? 'unavailable' : error),
    );
    return { streamName, sent, outcome };
  });
}

t.test(
  'a connection that takes no more, and fails: what waits to be written goes over another',
  async (t) => {
    const { store, proxy, server } = await behindProxy(t, 10_000);
    await store.appendToStream(`before-${randomUUID()}`, events(1), 'noStream');
    proxy.stall();
    const appends = appendWide(store);
    setImmediate(() => proxy.reset());
    for (const { streamName, sent, outcome } of await Promise.all(appends)) {
      t.equal(outcome, 'written');
      t.strictSame(await stored(server, streamName), [sent.id], 'once');
    }
  },
);

t.test('a connection that takes no more, and does not fail: nobody waits for ever', async (t) => {
  const { store, proxy, server } = await behindProxy(t, timeout);
  await store.appendToStream(`before-${randomUUID()}`, events(1), 'noStream');
  proxy.stall();
  for (const { streamName, outcome } of await Promise.all(appendWide(store))) {
    t.ok(outcome === 'written' || outcome === 'unavailable');
    if (outcome === 'written') t.equal((await stored(server, streamName)).length, 1, 'once');
  }
  t.equal(store.statistics().pendingBytes, 0);
  await until(() => store.failure === undefined, 'it has recovered');
  t.equal((await store.appendToStream(`after-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
});

t.test('a subscription that nobody takes from holds the server back', async (t) => {
  const { store, proxy, server } = await behindProxy(t, 10_000);
  const count = 400;
  for (let n = 0; n < count; n += 8) {
    await server.store.appendToStream(
      'wide',
      Array.from({ length: 8 }, () => wide(100 * 1024)),
      'any',
    );
  }
  await server.store.appendToStream('small', events(1), 'any');
  const controller = new AbortController();
  const slices = store.subscribeToAll({ from: 'start', maxCount: 1, signal: controller.signal });
  let taken = (await slices.next()).value?.events.length ?? 0;
  // Until nothing comes any more beside the answers to so many questions.
  for (let received = 0; proxy.received() - received > 100_000; ) {
    received = proxy.received();
    for (let n = 0; n < 10; n += 1) await store.head();
  }
  t.ok(proxy.received() < 15 * 1024 * 1024, `${proxy.received()} of ${count * 100 * 1024} bytes were sent`);
  for await (const { events } of slices) {
    taken += events.length;
    if (taken === count + 1) break;
  }
  t.equal(taken, count + 1, 'and then goes on');
  t.equal(store.statistics().subscriptionRestarts, 0);
  controller.abort();
});

t.test('more than may wait is turned away at once', async (t) => {
  const { store, faults } = await rig(t, { timeout: 1000 });
  faults.slow = 100;
  const large = { ...events(1)[0], id: randomUUID(), type: 'large.v1', metadata: {} };
  const appends = Array.from({ length: 100 }, () =>
    store
      .appendToStream(
        `large-${randomUUID()}`,
        [{ ...large, data: { text: 'x'.repeat(1024 * 1000) } }],
        'noStream',
      )
      .then(() => 'written')
      .catch((error: unknown) => (error instanceof EventStoreUnavailable ? 'unavailable' : error)),
  );
  t.ok(store.statistics().pendingBytes <= 64 * 1024 * 1024, 'what waits is bounded');
  const outcomes = await Promise.all(appends);
  t.ok(outcomes.includes('written') && outcomes.includes('unavailable'));
  t.ok(outcomes.every((outcome) => outcome === 'written' || outcome === 'unavailable'));
  t.equal(store.statistics().pendingBytes, 0);
});

t.test('an append of nothing is never sent', async (t) => {
  const { store, server } = await rig(t);
  await t.rejects(store.appendToStream(`nothing-${randomUUID()}`, [], 'noStream'), RangeError);
  t.equal(server.calls.get('BatchAppend'), undefined);
});

t.test('throwOnAppendFailure=false changes nothing', async (t) => {
  const { server } = await rig(t);
  const store = new EventStoreDbEventStore({ url: `${server.url}&throwOnAppendFailure=false`, timeout });
  t.teardown(() => store.close());
  const streamName = `quiet-failure-${randomUUID()}`;
  await store.appendToStream(streamName, events(3), 'noStream');
  const error = await store.appendToStream(streamName, events(1), 0n).catch((given: unknown) => given);
  t.ok(error instanceof WrongExpectedRevision && error.actual === 2n);
});

t.test('clocks an hour apart', async (t) => {
  const { store, faults } = await rig(t);
  for (const clockOffset of [3_600_000, -3_600_000]) {
    faults.clockOffset = clockOffset;
    t.equal((await store.appendToStream(`clock-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
    const offset = await store.clockOffset(Date.now);
    t.ok(Math.abs((offset ?? 0) - clockOffset) < 60_000, 'and the difference can be told');
  }
});

t.test('a server that does not say where it wrote is asked', async (t) => {
  const { store, faults } = await rig(t);
  faults.withoutPositions = true;
  const streamName = `nowhere-${randomUUID()}`;
  const result = await store.appendToStream(streamName, events(2), 'noStream');
  const { events: read } = await store.readStream(streamName, { maxCount: 2 });
  t.strictSame(result, { revision: 1n, position: read[1]?.position });
});

t.test('a server that is not ready yet', async (t) => {
  const { store, faults } = await rig(t);
  faults.notReady = 2;
  t.equal((await store.appendToStream(`starting-${randomUUID()}`, events(1), 'any')).revision, 0n);
});

t.test('the leader moves to another node', async (t) => {
  const { store, faults, server } = await rig(t);
  const other = await startEventStoreDbServer({ folder: join(root, String(folders++)) });
  t.teardown(() => other.stop());
  const streamName = `led-${randomUUID()}`;
  const [before, after] = [events(1), events(1)];
  await store.appendToStream(streamName, before, 'noStream');
  await other.store.appendToStream(streamName, before, 'noStream');
  faults.leader = { host: '127.0.0.1', port: other.port };
  t.equal((await store.appendToStream(streamName, after, 0n)).revision, 1n);
  t.strictSame(await stored(other, streamName), idsOf([...before, ...after]));
  t.equal((await stored(server, streamName)).length, 1);
  t.equal((await store.readStream(streamName, { maxCount: 10 })).events.length, 2);
});

t.test('a cluster is found by its members, though the first of them is gone', async (t) => {
  const { server } = await rig(t);
  const gone = await startEventStoreDbServer({ folder: join(root, String(folders++)) });
  await gone.stop();
  const url = `kurrentdb://127.0.0.1:${gone.port},127.0.0.1:${server.port}?tls=false`;
  const store = new EventStoreDbEventStore({ url, timeout: 5000 });
  t.teardown(() => store.close());
  t.equal((await store.appendToStream(`cluster-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
  t.ok((server.calls.get('Gossip') ?? 0) > 0);
});

t.test('a cluster that cannot be found is looked for again', async (t) => {
  const first = await startEventStoreDbServer({ folder: join(root, String(folders++)) });
  const { port } = first;
  await first.stop();
  const url = `esdb+discover://127.0.0.1:${port}?tls=false`;
  const store = new EventStoreDbEventStore({ url, timeout });
  t.teardown(() => store.close());
  await t.rejects(store.head(), unavailable);
  const server = await startEventStoreDbServer({ folder: join(root, String(folders++)), port });
  t.teardown(() => server.stop());
  await until(
    () =>
      store.head().then(
        () => true,
        () => false,
      ),
    'it is found',
  );
  t.equal((await store.appendToStream(`found-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
});

t.test('wrong credentials are named, and asked for no more than once', async (t) => {
  const { store, faults } = await rig(t);
  faults.accessDenied = true;
  await t.rejects(store.head(), { code: 'event-store-unavailable', message: /access denied/ });
  await t.rejects(store.appendToStream('denied', events(1), 'noStream'), { message: /access denied/ });
  t.equal(await store.ping(), 'access denied');
  faults.accessDenied = false;
  t.equal(await store.ping(), undefined);
  t.equal((await store.appendToStream(`granted-${randomUUID()}`, events(1), 'noStream')).revision, 0n);
});

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not there';
t.test('credentials and TLS come from the connection string', { skip }, async (t) => {
  const folder = testFolder(t);
  const { key, cert, path } = selfSigned(folder);
  const server = await startEventStoreDbServer({
    folder: join(folder, 'store'),
    credentials: ServerCredentials.createSsl(null, [{ private_key: key, cert_chain: cert }]),
  });
  t.teardown(() => server.stop());
  const url = `esdb://way:s%40cret@localhost:${server.port}`;
  const store = new EventStoreDbEventStore({ url: `${url}?tlsCAFile=${encodeURIComponent(path)}`, timeout });
  t.teardown(() => store.close());
  t.equal(store.address, `localhost:${server.port}`, 'nothing secret in what is logged');
  await store.appendToStream(`secure-${randomUUID()}`, events(1), 'noStream');
  t.equal(server.lastCredentials(), 'way:s@cret');
  t.equal(server.calls.get('BatchAppend'), 1, 'and the fast path is the one used');

  const untrusting = new EventStoreDbEventStore({ url, timeout });
  t.teardown(() => untrusting.close());
  await t.rejects(untrusting.head(), unavailable, 'a certificate that nobody vouches for');
});

function selfSigned(folder: string): { key: Buffer; cert: Buffer; path: string } {
  const [keyPath, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const parameters = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ];
  const names = ['-addext', 'subjectAltName=DNS:localhost'];
  spawnSync('openssl', [...parameters, ...names, '-keyout', keyPath, '-out', path]);
  return { key: readFileSync(keyPath), cert: readFileSync(path), path };
}

t.test('a server that is killed keeps what it acknowledged, and is used again when it is back', async (t) => {
  const folder = testFolder(t);
  let server = await startEventStoreDbProcess(folder);
  t.teardown(() => server.stop());
  const store = new EventStoreDbEventStore({ url: server.url, timeout: 2000 });
  t.teardown(() => store.close());
  const streamName = `killed-${randomUUID()}`;
  const [before, after] = [events(3), events(2)];
  const { seen, stop } = follow(store);
  await store.appendToStream(streamName, before, 'noStream');
  await server.kill();
  await t.rejects(store.appendToStream(streamName, after, 2n), unavailable);
  server = await startEventStoreDbProcess(folder, Number(new URL(server.url).port));
  await until(async () => (await store.ping()) === undefined, 'it is back');
  t.equal((await store.appendToStream(streamName, after, 2n)).revision, 4n);
  await until(() => seen.length >= 5, 'all are seen');
  t.strictSame(seen, idsOf([...before, ...after]));
  await stop();
});

t.test('a scavenge can be started', async (t) => {
  const { store, server } = await rig(t);
  t.match(await store.startScavenge(), /^[0-9a-f-]{36}$/);
  t.equal(server.calls.get('StartScavenge'), 1);
});
