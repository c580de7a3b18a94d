import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BSON, MongoClient } from 'mongodb';
import t, { type Test } from 'tap';
import { EventStoreDbEventStore } from '../../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { canariesOf, found } from '../support/canaries.js';
import {
  clientOf,
  isDown,
  mailSettings,
  openMailServers,
  sendgridTakes,
  strategyOver,
} from '../support/deliverySide.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { startEventStoreDbProcess } from '../support/eventstoredb/serverProcess.js';
import { type Reply, startLanguageModel } from '../support/languageModel.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { allIsDoneBy, nothingIsBehind } from '../support/processorsBehind.js';
import { noRedis, startRedisServer } from '../support/redisServer.js';
import { sameReadModels } from '../support/sameReadModels.js';
import { startServerProcess } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** Milliseconds between two reads that go on record: FerretDB looks at every entry of the record for each further one. */
const readPause = 500;

t.test(
  'two servers that start at once are one installation',
  { skip: noMongoServer, timeout: 120_000 },
  async (t) => {
    const environment = {
      MONGODB_URL: await mongoDatabase(t),
      WAYMARK_ROOT_KEY: randomBytes(32).toString('hex'),
      WAYMARK_WRITE_KEY: '',
      WAYMARK_ADMIN_TOKEN: '',
    };
    const folder = testFolder(t);
    const servers = await Promise.all(
      ['one', 'two'].map((name) => startServerProcess(join(folder, name), environment)),
    );
    t.teardown(() => Promise.all(servers.map((server) => server.stop())));

    const tokens = () => servers.flatMap((server) => server.output().match(/wa_[\w-]+/) ?? []);
    // Said after the address, which is what was waited for.
    await until(() => tokens().length > 0, 'the first keys are told');
    const [token = '', ...others] = tokens();
    t.strictSame(others, [], 'one of them made the first keys, and told them');
    const read = async (url: string, path: string) => {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: await response.text() };
    };
    for (const path of ['/v1/privacy/discovery', '/v1/audit/keys']) {
      const [one, two] = await Promise.all(servers.map(({ url }) => until200(() => read(url, path))));
      const keys = (text = '') => text.match(/-----BEGIN[^"]+|"publicKey":"[^"]+"/g);
      t.ok(keys(one), path);
      t.strictSame(keys(two), keys(one), `${path}: both sign with the same key`);
    }

    const { stdout } = await waymark(folder, environment, 'keys', 'list');
    const [administrator = ''] = /^\S+(?= +administrator)/m.exec(stdout) ?? [];
    await waymark(folder, environment, 'keys', 'revoke', administrator);
    for (const { url } of servers) await untilRefused(() => read(url, '/v1/audit/keys'));
    t.pass('a key that was revoked is out of force on both');

    const other = { ...environment, WAYMARK_ROOT_KEY: randomBytes(32).toString('hex') };
    await t.rejects(startServerProcess(join(folder, 'three'), other), /wrapped by another root key/);
  },
);

/**
 * Over the wire to Redis, as it saw it: every command with its arguments. Over a connection of its own: ioredis gives up
 * where the first command that is monitored comes together with the answer to MONITOR.
 */
async function watchRedis(t: Test, url: string): Promise<string[]> {
  const seen: string[] = [];
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  createInterface(socket).on('line', (line) => seen.push(line));
  socket.write('MONITOR\r\n');
  await until(() => seen.includes('+OK'), 'Redis tells what it is asked');
  return seen;
}

/** All that stands in the databases of the installation, as text. */
async function everythingInMongo(url: string): Promise<string> {
  const client = new MongoClient(url);
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  const own = databases.filter(({ name }) => name.startsWith(client.db().databaseName));
  const texts: string[] = [];
  for (const { name } of own) {
    for (const collection of await client.db(name).collections())
      texts.push(BSON.EJSON.stringify(await collection.find().toArray()));
  }
  await client.close();
  return texts.join('\n');
}

t.test(
  'from a struggle to its effect over two servers on shared engines, one of which is killed in the middle',
  { skip: noRedis ?? noMongoServer, timeout: 150_000 },
  async (t) => {
    const folder = testFolder(t, { events: {}, one: {}, two: {} });
    const events = await startEventStoreDbProcess(join(folder, 'events'));
    t.teardown(() => events.kill());
    const redis = await startRedisServer();
    t.teardown(() => redis.stop());
    const commands = await watchRedis(t, redis.url);
    const { sendgrid, ses } = await openMailServers(t);
    // It looks into the knowledge base first, and says nothing before it is let go on.
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const model = await startLanguageModel(t, async ({ text }) => {
      await held;
      return text.includes('"role":"tool"')
        ? calls('propose_intervention', { title: 'A hand?', body: 'Press Save first and then export.' })
        : calls('search_knowledge', { query: 'export' });
    });
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const environment = {
      ...mailSettings(sendgrid, ses),
      SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      EVENTSTORE_URL: events.url,
      MONGODB_URL: await mongoDatabase(t),
      REDIS_URL: redis.url,
      WAYMARK_ROOT_KEY: randomBytes(32).toString('hex'),
      WAYMARK_READ_RATE: '10000',
      WAYMARK_LLM: 'openai:small',
      OPENAI_API_KEY: 'sk-test-0123456789',
      OPENAI_BASE_URL: `${model.url}/v1`,
      LOG_LEVEL: 'error',
    };
    const start = (name: string) => startServerProcess(join(folder, name), environment);
    let [first, second] = await Promise.all([start('one'), start('two')]);
    t.teardown(() => Promise.all([first?.kill(), second?.kill()]));
    if (first === undefined || second === undefined) return;
    let [one, two] = [clientOf(first.url), clientOf(second.url)];
    const content = { brief: 'Help with the export.', useModel: true };
    t.match(await one.call('PUT', '/v1/strategies/by-mail', strategyOver(['email', 'in_app'], { content })), {
      status: 200,
    });
    const { data: policy } = (await one.call('GET', '/v1/help/policy')).body;
    const { changedAt: _at, changedBy: _by, ...unchanged } = policy;
    const patient = { ...unchanged, models: { ...policy.models, deadline: 30_000 } };
    t.match(await one.call('PUT', '/v1/help/policy', patient), { status: 200 });
    const document = { version: 0, title: 'Export', text: 'Save, then export.', language: 'en' };
    t.match(await two.call('PUT', '/v1/knowledge/export', document), { status: 200 });
    await until(async () => (await two.call('GET', '/v1/strategies/by-mail')).status === 200, 'it is known');
    for (const { get } of [one, two])
      await until(
        async () => (await get('/v1/knowledge/search?q=export')).length === 1,
        'both find it',
        30_000,
      );

    const people = Array.from({ length: 5 }, (_, at) =>
      canariesOf(`person${at}`, randomBytes(6).toString('hex')),
    );
    const [erased, , failedOver] = people;
    const later = people[4];
    if (erased === undefined || failedOver === undefined || later === undefined) return;
    // SendGrid is down for one of them, for whom it is SES then.
    sendgrid.behave(({ body }) => (body.includes(failedOver.email) ? isDown() : sendgridTakes()));
    await Promise.all(
      people.slice(0, 4).map(async ({ userId, email, fullName, phone }, at) => {
        const [here, there] = at % 2 === 0 ? [one, two] : [two, one];
        await here.introduce(userId, { email, name: fullName, phone });
        await there.struggle(userId);
      }),
    );
    await until(() => model.asked.length > 0, 'the model is asked', 30_000);
    await first.kill();
    goOn();
    // Who was under way there is helped with a template, as it is late by then; who comes now gets the model's words.
    await allIsDoneBy(second.url);
    await two.introduce(later.userId, { email: later.email, name: later.fullName, phone: later.phone });
    await two.struggle(later.userId);
    const delivered = async () => (await two.get('/v1/deliveries?status=delivered&limit=50')).length;
    await until(async () => (await delivered()) === people.length, 'all are helped', 60_000, readPause);
    first = await start('one');
    one = clientOf(first.url);

    const taken = [...sendgrid.requests, ...ses.requests].map(({ body }) => body);
    for (const { email } of people) {
      const mails = taken.filter((body) => body.includes(email));
      t.equal(mails.length, email === failedOver.email ? 2 : 1, 'each provider is called once for each');
    }
    t.equal(ses.requests.length, 1);
    t.ok(
      model.asked.some(({ text }) => text.includes('Save, then export.')),
      'what one server was told the other finds',
    );
    for (const path of ['interventions', 'decisions', 'deliveries', 'knowledge', 'effects?strategy=by-mail'])
      t.strictSame(await one.get(`/v1/${path}`), await two.get(`/v1/${path}`), `${path}: both say the same`);

    const [, reference] =
      /"waymark":"([\w-]+)"/.exec(taken.find((body) => body.includes(erased.email)) ?? '') ?? [];
    const timestamp = String(Math.floor(Date.now() / 1000));
    const news = JSON.stringify([
      {
        event: 'click',
        sg_event_id: 'c1',
        timestamp: Number(timestamp),
        waymark: reference,
        email: erased.email,
      },
    ]);
    for (const { url } of [second, first]) {
      const answer = await fetch(`${url}/v1/callbacks/sendgrid`, {
        method: 'POST',
        body: news,
        headers: {
          'x-twilio-email-event-webhook-timestamp': timestamp,
          'x-twilio-email-event-webhook-signature': sign(
            'sha256',
            Buffer.from(timestamp + news),
            privateKey,
          ).toString('base64'),
        },
      });
      t.equal(answer.status, 204);
    }
    await one.send({
      type: 'track',
      userId: erased.userId,
      event: 'Task Completed',
      properties: { feature: 'export' },
    });
    const effects = () => two.get('/v1/effects?strategy=by-mail');
    await until(async () => (await effects()).total.treated.reached === 1, 'the effect is measured');
    await until(async () => (await effects()).total.responses.clicked === 1, 'the response is counted once');

    const interventions: readonly { readonly id: string; readonly userId: string }[] =
      await two.get('/v1/interventions');
    const [subject = ''] = interventions.find(({ userId }) => userId === erased.userId)?.id.split('.') ?? [];
    t.match(subject, /^[0-9a-f]{32}$/);
    const erasure = await eraseByRequest(second.url, erased.userId);
    t.equal(await requestConcluded(second.url, erasure), 'completed');
    for (const { get } of [one, two]) {
      const theirs = async () => (await get('/v1/interventions')).length;
      await until(
        async () => (await theirs()) === people.length - 1,
        'the erased person is gone',
        10_000,
        readPause,
      );
      t.equal((await get('/v1/effects?strategy=by-mail')).considered, people.length - 1);
    }
    for (const { url } of [first, second]) await nothingIsBehind(url);
    t.strictSame([await first.stop(), await second.stop()], [0, 0]);

    const store = new EventStoreDbEventStore({ url: events.url });
    t.teardown(() => store.close());
    const documents = openMongoDocumentStore({ url: environment.MONGODB_URL, now: Date.now });
    t.teardown(() => documents.close());
    const readModels = await sameReadModels(t, store, documents, [subject]);
    const count = (name: string) => readModels.get(name)?.split('\n').length;
    for (const name of ['interventions', 'decisions', 'profiles', 'struggles'])
      t.equal(count(name), people.length - 1, `${name}: of the erased person nothing`);

    const texts = [
      ['MongoDB', await everythingInMongo(environment.MONGODB_URL)],
      ['Redis', commands.join('\n')],
    ];
    t.ok(commands.length > 100, 'what Redis was asked is seen');
    for (const person of people) {
      t.strictSame(await found(join(folder, 'events'), person), [], 'in the clear in no event');
      for (const [engine, text] of texts)
        for (const [what, value] of Object.entries(person))
          t.notOk(text?.includes(value), `${what} stands nowhere in ${engine}`);
    }
  },
);

const calls = (tool: string, input: object): Reply => ({ does: 'calls', tool, input });

function waymark(folder: string, environment: Readonly<Record<string, string>>, ...words: string[]) {
  const env = {
    PATH: process.env.PATH,
    WAYMARK_DATA: join(folder, 'cli'),
    LOG_LEVEL: 'warn',
    ...environment,
  };
  return promisify(execFile)(process.execPath, [program, ...words], { env });
}

/** The other instance sees a new key within seconds. */
async function until200(
  read: () => Promise<{ readonly status: number; readonly body: string }>,
): Promise<string> {
  return (await answerThat(read, (status) => status === 200)).body;
}

async function untilRefused(read: () => Promise<{ readonly status: number; readonly body: string }>) {
  await answerThat(read, (status) => status === 401);
}

async function answerThat(
  read: () => Promise<{ readonly status: number; readonly body: string }>,
  fits: (status: number) => boolean,
) {
  for (const deadline = Date.now() + 20_000; ; ) {
    const answer = await read();
    if (fits(answer.status)) return answer;
    if (Date.now() > deadline) throw new Error(`the answer is still ${answer.status}: ${answer.body}`);
    await wait(50);
  }
}
