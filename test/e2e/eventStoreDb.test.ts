import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { startProxy } from '../support/eventstoredb/proxy.js';
import { startEventStoreDbServer } from '../support/eventstoredb/server.js';
import { runProgram } from '../support/programRun.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { allEvents } from '../support/writeSide.js';

async function call(
  server: ServerProcess,
  method: string,
  path: string,
  body?: unknown,
  key = testAdminToken,
) {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // Longer than any answer may take: whoever is not answered fails the test.
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const send = (server: ServerProcess, batch: readonly object[]) =>
  call(server, 'POST', '/v1/batch', { batch }, testWriteKey);

/** Two tries in a row at one feature: a struggle. */
function tries(userId: string): object[] {
  return [1, 2].map((attempt) => ({
    type: 'track',
    userId,
    messageId: `${userId}-try-${attempt}`,
    event: 'Task Attempted',
    properties: { feature: 'export_report' },
    timestamp: new Date().toISOString(),
  }));
}

async function readiness(server: ServerProcess): Promise<string> {
  const { body } = await call(server, 'GET', '/readyz');
  return body.dependencies.find(({ name }: { name: string }) => name === 'event-store').state;
}

async function inboxOf(server: ServerProcess, userId: string): Promise<unknown[]> {
  const { body } = await call(server, 'GET', `/v1/profiles/${userId}/inbox`);
  return body.data;
}

t.test('the whole program with its events on EventStoreDB', { timeout: 170_000 }, async (t) => {
  const folder = testFolder(t);
  const data = join(folder, 'data');
  const store = await startEventStoreDbServer({ folder: join(folder, 'eventstoredb') });
  t.teardown(() => store.stop());
  const environment = { EVENTSTORE_URL: store.url };
  let server = await startServerProcess(data, environment);
  t.teardown(() => server.stop());
  t.match(server.output(), /event store +EventStoreDB at 127\.0\.0\.1:\d+/, 'said at the start');
  t.equal(await readiness(server), 'EventStoreDB ready');

  const stored = await send(server, [...tries('ada'), ...tries('grace')]);
  t.match(stored, { status: 200, body: { accepted: 4 } });
  const { position } = stored.body;
  const profile = await call(server, 'GET', `/v1/profiles/ada?waitFor=${position}`);
  t.match(profile, { status: 200, body: { data: { userId: 'ada' } } }, 'the read models follow');
  t.equal(
    (await call(server, 'GET', `/v1/struggles?limit=10&waitFor=${position}`)).body.data.length,
    2,
    'struggles are found',
  );
  await until(async () => (await inboxOf(server, 'ada')).length === 1, 'help is offered');
  await until(async () => (await inboxOf(server, 'grace')).length === 1, 'help is offered');
  t.match(
    await send(server, tries('ada')),
    { body: { accepted: 0, duplicates: 2 } },
    'a repetition is known',
  );

  const requestId = await eraseByRequest(server.url, 'ada');
  t.equal(
    await requestConcluded(server.url, requestId),
    'completed',
    'an erasure is carried out and verified',
  );
  t.equal((await call(server, 'GET', '/v1/profiles/ada')).status, 404);
  t.equal(
    (await runProgram(['scavenge'], data, '', environment)).code,
    0,
    'a scavenge is started beside the server',
  );
  t.equal(store.calls.get('StartScavenge'), 1);

  const before = await call(server, 'GET', '/v1/profiles/grace');
  await server.kill();
  server = await startServerProcess(data, environment);
  t.strictSame(
    (await call(server, 'GET', '/v1/profiles/grace')).body.data,
    before.body.data,
    'after kill -9',
  );
  t.equal((await call(server, 'GET', '/v1/profiles/ada')).status, 404, 'who was erased stays erased');
  t.match(await send(server, tries('grace')), { body: { accepted: 0, duplicates: 2 } });
  t.equal((await inboxOf(server, 'grace')).length, 1, 'nothing is offered twice');
  await server.stop();

  const verified = await runProgram(['verify'], data, '', environment);
  t.equal(verified.code, 0, verified.output + verified.errors);
  server = await startServerProcess(data, environment);
});

async function figureOf(server: ServerProcess, name: string): Promise<number> {
  const headers = { authorization: `Bearer ${testAdminToken}` };
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** Twice what may wait for the store, and nothing of it can be stored: each is told so. */
async function flood(t: Test, server: ServerProcess): Promise<void> {
  const answers = Array.from({ length: 400 }, async (_, n) => {
    const properties = { text: 'x'.repeat(30_000) };
    const batch = Array.from({ length: 10 }, () => ({
      type: 'track',
      event: 'Opened',
      userId: `flood-${n}`,
      properties,
    }));
    const { status, retryAfter } = await send(server, batch);
    return [429, 503].includes(status) && retryAfter !== null;
  });
  const told = await Promise.all(answers);
  t.ok(told.every(Boolean), 'everybody is told');
}

/** Sends batch after batch for one person; what was not answered with a 2xx is sent again. */
async function load(server: ServerProcess, key: string, userId: string, signal: AbortSignal): Promise<Load> {
  const result: Load = { acknowledged: [], refused: 0, others: [] };
  for (let at = 0; !signal.aborted; ) {
    const ids = Array.from({ length: 5 }, (_, i) => `${key}-${at + i}`);
    const batch = ids.map((messageId) => ({ type: 'track', event: 'Opened', userId, messageId }));
    const answer = await send(server, batch);
    if (answer.status === 200) {
      if (answer.body.accepted + answer.body.duplicates !== ids.length) result.others.push(answer.body);
      result.acknowledged.push(...ids);
      at += ids.length;
    } else if (answer.status === 503 && answer.retryAfter !== null) {
      result.refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } else result.others.push(answer);
  }
  return result;
}

interface Load {
  readonly acknowledged: string[];
  refused: number;
  /** What should not be. */
  readonly others: unknown[];
}

t.test('a network and a server that fail under load', { timeout: 170_000 }, async (t) => {
  const folder = testFolder(t);
  let store = await startEventStoreDbServer({ folder: join(folder, 'eventstoredb') });
  const { port } = store;
  t.teardown(() => store.stop());
  const proxy = await startProxy(() => port);
  t.teardown(() => proxy.close());
  await proxy.refuse();
  setTimeout(() => void proxy.open(), 500);
  const server = await startServerProcess(join(folder, 'data'), { EVENTSTORE_URL: proxy.url });
  t.teardown(() => server.stop());
  t.pass('it waits for a server that is not there at the start');

  const stop = new AbortController();
  t.teardown(() => stop.abort());
  // Not the users' ids, which would make way for their pseudonyms.
  const keys = Array.from({ length: 6 }, (_, i) => `client${i}`);
  const loads = keys.map((key) => load(server, key, `user-${randomUUID()}`, stop.signal));
  const goesOn = async (what: string) => {
    await until(async () => (await readiness(server)) === 'EventStoreDB ready', `it recovers from ${what}`);
    const { status } = await send(server, [{ type: 'track', event: 'Opened', userId: 'probe' }]);
    t.equal(status, 200, `it goes on after ${what}`);
  };
  const isDown = async (what: string) => {
    const isNamed = /^EventStoreDB (silent|unavailable|unreachable|cancelled|unknown)$/;
    await until(async () => isNamed.test(await readiness(server)), `it names ${what}`);
    const refused = await send(server, [{ type: 'track', event: 'Opened', userId: 'probe' }]);
    t.match(refused, { status: 503, retryAfter: /^\d+$/ }, `${what}: nothing is promised`);
  };

  for (let time = 0; time < 5; time += 1) {
    proxy.reset();
    await goesOn('a reset');
  }
  proxy.halfClose();
  await goesOn('half-closed connections');
  await proxy.refuse();
  await isDown('refused connections');
  await proxy.open();
  await goesOn('refused connections');
  proxy.hold(true);
  await isDown('a silent network');
  proxy.hold(false);
  await goesOn('a silent network');
  const before = await figureOf(server, 'process_resident_memory_bytes');
  store.faults.silent = true;
  await flood(t, server);
  await isDown('a silent server');
  const grown = (await figureOf(server, 'process_resident_memory_bytes')) - before;
  t.ok(grown < 300 * 1024 * 1024, `memory grew by ${Math.round(grown / 1024 / 1024)} MiB`);
  t.equal(await figureOf(server, 'waymark_event_store_pending_bytes'), 0, 'and nothing is kept for later');
  store.faults.silent = false;
  await goesOn('a silent server');
  store.faults.slow = 200;
  await goesOn('a slow server');
  store.faults.slow = 0;
  for (const fault of ['failAfterWrite', 'failBeforeWrite', 'loseAnswers'] as const) {
    store.faults[fault] = 1;
    await until(() => store.faults[fault] === 0, 'it is used up');
    await goesOn(fault);
  }
  await store.stop();
  await isDown('a server that stopped in mid-batch');
  store = await startEventStoreDbServer({ folder: join(folder, 'eventstoredb'), port });
  await goesOn('a server that stopped in mid-batch');

  stop.abort();
  const results = await Promise.all(loads);
  await checkStored(t, store.store, keys, results);
});

async function checkStored(
  t: Test,
  eventStore: Parameters<typeof allEvents>[0],
  keys: readonly string[],
  results: readonly Load[],
): Promise<void> {
  const stored = new Map<string, string[]>();
  for (const { event, metadata } of await allEvents(eventStore)) {
    if (event.type !== 'ActionTracked') continue;
    const key = metadata.messageId.replace(/-\d+$/, '');
    stored.set(key, [...(stored.get(key) ?? []), metadata.messageId]);
  }
  for (const [i, key] of keys.entries()) {
    const { acknowledged, others } = results[i] as Load;
    t.ok(acknowledged.length > 0);
    t.strictSame(others, []);
    t.strictSame(
      stored.get(key)?.slice(0, acknowledged.length),
      acknowledged,
      'once, in order, nothing lost',
    );
  }
}
