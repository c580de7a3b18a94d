import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { formatPosition } from '../../src/eventStore/eventStore.js';
import { EventStoreDbEventStore } from '../../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { type EventStoreDbProcess, startEventStoreDbProcess } from '../support/eventstoredb/serverProcess.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { nothingIsBehind } from '../support/processorsBehind.js';
import { noRedis, type RedisServer, startRedisServer } from '../support/redisServer.js';
import { sameReadModels } from '../support/sameReadModels.js';
import { seededRandom } from '../support/seededRandom.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { everything } from '../support/writeSide.js';

const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
const clients = 4;
/** Longer than a lease, milliseconds: whoever is stopped for so long is taken over from. */
const longPause = 6_500;

interface Client {
  readonly key: string;
  readonly userId: string;
  /** Acknowledged. */
  sent: number;
}

interface Installation {
  readonly eventStore: EventStoreDbProcess;
  readonly redis: RedisServer;
  readonly mongoUrl: string;
  readonly instances: ServerProcess[];
  start(at: number): Promise<void>;
}

async function install(t: Test): Promise<Installation> {
  const folder = testFolder(t, { events: {}, one: {}, two: {}, three: {} });
  const eventStore = await startEventStoreDbProcess(`${folder}/events`);
  t.teardown(() => eventStore.kill());
  const redis = await startRedisServer();
  t.teardown(() => redis.stop());
  const mongoUrl = await mongoDatabase(t);
  const environment = {
    EVENTSTORE_URL: eventStore.url,
    MONGODB_URL: mongoUrl,
    REDIS_URL: redis.url,
    WAYMARK_ROOT_KEY: randomBytes(32).toString('hex'),
    LOG_LEVEL: 'error',
  };
  const instances: ServerProcess[] = [];
  t.teardown(() => Promise.all(instances.map((instance) => instance.kill().catch(() => undefined))));
  return {
    eventStore,
    redis,
    mongoUrl,
    instances,
    async start(at) {
      instances[at] = await startServerProcess(`${folder}/${['one', 'two', 'three'][at]}`, environment);
    },
  };
}

/** Batch after batch, to any instance, each until some instance acknowledges it. */
async function load(
  installation: Installation,
  client: Client,
  random: (bound: number) => number,
  end: AbortSignal,
) {
  while (!end.aborted) {
    const size = 1 + random(8);
    const batch = Array.from({ length: size }, (_, at) => ({
      type: 'track',
      event: 'Exercise Attempted',
      userId: client.userId,
      messageId: `${client.key}-${client.sent + at}`,
      timestamp: new Date().toISOString(),
      // Half a dozen attempts at each: some struggle at it.
      properties: { feature: `feature-${Math.floor((client.sent + at) / 40)}` },
      context: { traits: { email: `${client.key}@example.com` } },
    }));
    while (!end.aborted) {
      if (await send(installation.instances[random(3)], batch)) {
        client.sent += size;
        break;
      }
      await wait(50);
    }
    await wait(50);
  }
}

async function send(instance: ServerProcess | undefined, batch: readonly object[]): Promise<boolean> {
  try {
    const response = await fetch(`${instance?.url}/v1/batch`, {
      method: 'POST',
      headers: { 'x-write-key': testWriteKey, 'content-type': 'application/json' },
      body: JSON.stringify({ batch }),
      signal: AbortSignal.timeout(1500),
    });
    const { accepted, duplicates } = (await response.json()) as { accepted: number; duplicates: number };
    return response.ok && accepted + duplicates === batch.length;
  } catch {
    return false;
  }
}

async function get(instance: ServerProcess | undefined, path: string): Promise<Response> {
  return fetch(`${instance?.url}${path}`, { headers: { authorization: `Bearer ${testAdminToken}` } });
}

/** Reads what was written, on this instance. */
async function seesEverything(instance: ServerProcess | undefined, position: string): Promise<boolean> {
  for (const path of ['struggles', 'interventions', 'profiles', 'features']) {
    const { status } = await get(instance, `/v1/${path}?waitFor=${encodeURIComponent(position)}`);
    if (status !== 200) return false;
  }
  return true;
}

t.test(
  `three instances under load, killed, stopped and gone on in turn (SEED=${seed})`,
  { timeout: 170_000, skip: noRedis ?? noMongoServer },
  async (t) => {
    const random = seededRandom(seed);
    const begun = performance.now();
    const tell = (what: string) => t.comment(`${what} after ${Math.round(performance.now() - begun)} ms`);
    const installation = await install(t);
    const { instances } = installation;
    await Promise.all([0, 1, 2].map((at) => installation.start(at)));
    const people: Client[] = Array.from({ length: clients }, (_, at) => ({
      key: `client${at}`,
      userId: `user-${at}`,
      sent: 0,
    }));
    const ending = new AbortController();
    const loads = people.map((client) => load(installation, client, random, ending.signal));
    const more = async () => {
      const before = people.map(({ sent }) => sent);
      await until(
        () => people.every(({ sent }, at) => sent > (before[at] ?? 0)),
        'every client gets on',
        30_000,
      );
    };
    await more();
    tell('under load');
    for (const [stopped, killed] of [
      [0, 1],
      [2, 0],
    ] as const) {
      instances[stopped]?.process.kill('SIGSTOP');
      const resumed = wait(longPause);
      await instances[killed]?.kill();
      await more();
      await installation.redis.restart();
      await installation.start(killed);
      await resumed;
      instances[stopped]?.process.kill('SIGCONT');
      await more();
      tell(`instance ${stopped} was stopped, ${killed} and Redis killed`);
    }
    ending.abort();
    await Promise.all(loads);

    const store = new EventStoreDbEventStore({ url: installation.eventStore.url });
    t.teardown(() => store.close());
    const head = await store.head();
    const position = head === undefined ? '' : formatPosition(head);
    for (const instance of instances) {
      await until(() => seesEverything(instance, position), 'each instance shows everything', 60_000);
    }
    tell('everything is seen');
    // Reactors may still have something to say, and what was read is recorded and projected too.
    for (let last = position; ; ) {
      await wait(500);
      for (const { url } of instances) await nothingIsBehind(url);
      const now = await store.head();
      if (now === undefined || formatPosition(now) === last) break;
      last = formatPosition(now);
    }
    tell('quiet');
    t.strictSame(
      await Promise.all(instances.map((instance) => instance.stop())),
      [0, 0, 0],
      'all end in order',
    );
    tell('stopped');
    await checkEvents(t, store, people);
    const documents = openMongoDocumentStore({ url: installation.mongoUrl, now: Date.now });
    t.teardown(() => documents.close());
    const readModels = await sameReadModels(t, store, documents);
    for (const name of ['profiles', 'struggles', 'interventions', 'decisions'])
      t.not(readModels.get(name), '', `there are ${name}`);
  },
);

/** Every acknowledged event once and in order; each intervention proposed once and delivered at most once. */
async function checkEvents(t: Test, store: EventStoreDbEventStore, people: readonly Client[]): Promise<void> {
  const events = await everything(store);
  for (const { key, sent } of people) {
    const ids = events
      .filter(
        ({ type, metadata }) => type === 'action-tracked.v1' && `${metadata.messageId}`.startsWith(`${key}-`),
      )
      .map(({ metadata }) => `${metadata.messageId}`);
    t.ok(ids.length >= sent, `nothing acknowledged to ${key} is lost: ${ids.length} of ${sent}`);
    t.strictSame(
      ids,
      Array.from({ length: ids.length }, (_, at) => `${key}-${at}`),
      'once each, in order',
    );
  }
  const counts = new Map<string, number>();
  for (const { streamName, type } of events) {
    if (!streamName.startsWith('intervention-')) continue;
    const name = `${streamName} ${type}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  t.ok(counts.size > 0, 'help was offered');
  t.same(
    [...counts].filter(([, count]) => count > 1),
    [],
    'each intervention once',
  );
  const struggles = events.filter(({ type }) => type === 'struggle-detected.v1').length;
  const decided = new Set([...counts.keys()].map((name) => name.split(' ')[0])).size;
  t.ok(decided >= struggles, `each struggle was decided upon: ${decided} of ${struggles}`);
}
