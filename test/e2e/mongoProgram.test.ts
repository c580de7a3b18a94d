import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { loadPointer } from '../../src/processors/readModelPointer.js';
import { projections } from '../../src/projections/all.js';
import { foldInMemory } from '../../src/projections/foldInMemory.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { type FerretServer, noMongoServer, startFerretServer } from '../support/mongoServer.js';
import { canonical, dump } from '../support/processorRig.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { type NetworkState, startTcpProxy } from '../support/tcpProxy.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

/** Milliseconds in which an answer must come, also while MongoDB says nothing: its deadline and some room. */
const bound = 12_000;

/** The parts of answers that are looked at. */
interface Answer {
  readonly data: { readonly userId: string } & {
    readonly name: string;
    readonly state: string;
    readonly behind: boolean;
  }[];
  readonly dependencies: { readonly name: string; readonly ready: boolean }[];
}

class Program {
  sent = 0;

  constructor(public server: ServerProcess) {}

  async call(method: string, path: string, body?: unknown, key = testAdminToken) {
    const response = await fetch(this.server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(bound),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
  }

  /** Some events of a person, each once. @returns the status of the answer */
  async send(userId: string, event = 'Clicked', properties: object = {}): Promise<number> {
    const batch = [1, 2].map(() => ({
      type: 'track',
      userId,
      event,
      messageId: `m${++this.sent}`,
      properties,
    }));
    return (await this.call('POST', '/v1/batch', { batch }, testWriteKey)).status;
  }

  async isReady(dependency: string): Promise<boolean | undefined> {
    const { body } = await this.call('GET', '/readyz');
    return body.dependencies.find(({ name }) => name === dependency)?.ready;
  }

  /** Until the read models hold everything. */
  async caughtUp(): Promise<void> {
    await until(async () => {
      const { status, body } = await this.call('GET', '/v1/processors');
      const idle = status === 200 && body.data.every(({ state, behind }) => state === 'running' && !behind);
      return idle && (await this.call('GET', '/readyz')).status === 200;
    }, 'the processors have caught up');
  }
}

t.test(
  'the whole program on MongoDB, through faults',
  { skip: process.env.MONGODB_URL ? 'needs a server of its own' : noMongoServer, timeout: 170_000 },
  async (t) => {
    const folder = testFolder(t, { mongo: {}, keys: {} });
    let ferret: FerretServer = await startFerretServer(join(folder, 'mongo'));
    const proxy = await startTcpProxy(ferret.port, { delay: 40 });
    const url = `mongodb://127.0.0.1:${proxy.port}/program`;
    // On a server of their own, so that an outage of the read models' does not keep events from being sealed.
    const keys = await startFerretServer(join(folder, 'keys'));
    const environment = {
      MONGODB_URL: url,
      WAYMARK_KEYS_URL: `mongodb://127.0.0.1:${keys.port}/program`,
      WAYMARK_ROOT_KEY: 'ab'.repeat(32),
      LOG_LEVEL: 'silent',
    };
    const data = join(folder, 'data');
    const program = new Program(await startServerProcess(data, environment));
    t.teardown(async () => {
      await program.server.kill();
      await proxy.close();
      await ferret.kill();
      await keys.kill();
    });
    t.match(program.server.output(), /document store +MongoDB, database program/);

    await t.test('a person struggles and is helped', async (t) => {
      for (const user of ['ada', 'ben', 'cleo']) t.equal(await program.send(user), 200);
      t.equal(await program.send('ada', 'Task Attempted', { feature: 'export_report' }), 200);
      await until(async () => {
        const { body } = await program.call('GET', '/v1/interventions?limit=10');
        return body.data?.length > 0;
      }, 'help was offered');
      t.equal((await program.call('GET', '/v1/profiles/ada')).body.data.userId, 'ada');
    });

    const broken: readonly NetworkState[] = ['refused', 'reset', 'silent'];
    for (const state of broken) {
      await t.test(
        `MongoDB ${state}: events go on, queries say so in time, and it recovers by itself`,
        async (t) => {
          await proxy.set(state);
          await until(async () => (await program.isReady('mongodb')) === false, 'it is noticed');
          t.equal((await program.call('GET', '/readyz')).status, 503);
          t.equal(await program.isReady('event-store'), true);
          for (let person = 0; person < 5; person++) t.equal(await program.send(`${state}-${person}`), 200);
          t.equal(await program.send('ada'), 200);
          const query = await program.call('GET', '/v1/profiles?limit=5');
          t.equal(query.status, 503);
          t.ok(Number(query.headers.get('retry-after')) > 0);
          await proxy.set('open');
          await program.caughtUp();
          const { status, body } = await program.call('GET', `/v1/profiles/${state}-4`);
          t.match({ status, body }, { status: 200, body: { data: { userId: `${state}-4` } } });
        },
      );
    }

    await t.test('MongoDB slow: slower, and nothing else', async (t) => {
      await proxy.set('slow');
      t.equal(await program.send('slow-0'), 200);
      await until(
        async () => (await program.call('GET', '/v1/profiles/slow-0')).status === 200,
        'a slow store shows what was sent',
      );
      await proxy.set('open');
    });

    await t.test('MongoDB ends at once under load and comes back', async () => {
      const load = Promise.all([0, 1, 2, 3].map((n) => program.send(`load-${n}`)));
      await ferret.kill();
      await load;
      await Promise.all([4, 5, 6].map((n) => program.send(`load-${n}`)));
      ferret = await startFerretServer(join(folder, 'mongo'), ferret.port);
      await program.caughtUp();
    });

    await t.test('the program ends at once under load and comes back before MongoDB does', async () => {
      const load = [0, 1, 2, 3].map((n) => program.send(`last-${n}`).catch(() => 0));
      await program.server.kill();
      await Promise.all(load);
      await proxy.set('silent');
      const { happened } = proxy.when(() => true, 'silent', { passOn: false });
      const starting = startServerProcess(data, environment);
      await happened;
      await proxy.set('open');
      program.server = await starting;
      await program.send('very-last');
      await program.caughtUp();
    });

    await t.test(
      'the read models are those of a fold from scratch, before and after a rebuild',
      async (t) => {
        await program.server.stop();
        await sameAsFold(t, data, url);
        program.server = await startServerProcess(data, environment);
        for (const { name } of projections)
          t.equal((await program.call('POST', `/v1/processors/${name}/rebuild`)).status, 202);
        await program.caughtUp();
        await program.server.stop();
        await sameAsFold(t, data, url);
        program.server = await startServerProcess(data, environment);
      },
    );

    await t.test('an erased person is in no read model, also after a restart', async (t) => {
      const { url: address } = program.server;
      t.equal((await program.call('GET', '/v1/profiles/cleo')).status, 200);
      t.equal(await requestConcluded(address, await eraseByRequest(address, 'cleo')), 'completed');
      t.equal((await program.call('GET', '/v1/profiles/cleo')).status, 404);
      await program.server.stop();
      program.server = await startServerProcess(data, environment);
      t.equal((await program.call('GET', '/v1/profiles/cleo')).status, 404);
      t.equal((await program.call('GET', '/v1/profiles/ada')).status, 200);
    });
  },
);

async function sameAsFold(t: Test, data: string, url: string): Promise<void> {
  const eventStore = await openEmbeddedEventStore({ folder: join(data, 'events'), clock: Date.now });
  const documentStore = openMongoDocumentStore({ url, now: Date.now });
  try {
    const events = await allEvents(eventStore);
    for (const projection of projections) {
      const { live } = await loadPointer(documentStore, projection);
      const folded = foldInMemory(projection, events);
      for (const [name, documents] of folded) {
        const expected = [...documents.values()].sort((a, b) =>
          Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)),
        );
        const stored = await dump(documentStore, live.collections[name] ?? name);
        t.equal(stored, expected.map(canonical).join('\n'), `${projection.name}: ${name}`);
      }
    }
  } finally {
    await documentStore.close();
    await eventStore.close();
  }
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
