import t from 'tap';
import { type MongoConnection, openMongoConnection } from '../../src/integrations/mongodb/connection.js';
import { noMongoServer, startFerretServer } from '../support/mongoServer.js';
import { type NetworkState, startTcpProxy } from '../support/tcpProxy.js';
import { testFolder } from '../support/testFolder.js';

class Unavailable extends Error {
  readonly code = 'unavailable';
}

t.test(
  'a connection whose network fails',
  { skip: process.env.MONGODB_URL ? 'needs a server of its own' : noMongoServer },
  async (t) => {
    const server = await startFerretServer(testFolder(t));
    const proxy = await startTcpProxy(server.port);
    t.teardown(async () => {
      await proxy.close();
      await server.kill();
    });
    const open = () =>
      openMongoConnection({
        url: `mongodb://127.0.0.1:${proxy.port}/x`,
        unavailable: (message, options) => new Unavailable(message, options),
        readDeadline: 700,
        writeDeadline: 1000,
        patience: 300,
      });
    const find = (connection: MongoConnection) =>
      connection.read(() => connection.database.collection('x').findOne({}));

    const broken: readonly NetworkState[] = ['refused', 'reset', 'silent'];
    for (const state of broken) {
      await t.test(`${state} under load: fails, then at once, and recovers by itself`, async (t) => {
        const connection = open();
        t.teardown(() => connection.close());
        t.equal(await find(connection), null);
        await proxy.set(state);
        for (let call = 0; call < 5; call++) await t.rejects(find(connection), { code: 'unavailable' });
        t.ok(connection.figures().leftAlone);
        await proxy.set('open');
        await eventually(() => find(connection));
        t.notOk(connection.figures().leftAlone);
      });

      await t.test(`${state} at the start: fails, and recovers by itself`, async (t) => {
        await proxy.set(state);
        const connection = open();
        t.teardown(() => connection.close());
        await t.rejects(find(connection), { code: 'unavailable' });
        await proxy.set('open');
        await eventually(() => find(connection));
      });
    }

    await t.test('a single reset is not seen by the caller', async (t) => {
      const connection = open();
      t.teardown(() => connection.close());
      await find(connection);
      const { happened } = proxy.when((piece) => piece.includes('find'), 'blip', { passOn: false });
      t.equal(await find(connection), null);
      await happened;
      t.equal(connection.figures().repetitions, 1);
    });

    await t.test('what the server says of a document is not repeated in the error', async (t) => {
      const connection = open();
      t.teardown(() => connection.close());
      const secret = 'do not tell';
      const failure = await connection
        .write(() => connection.database.collection('x').updateOne({}, { $nonsense: { secret } }))
        .catch((error: unknown) => error);
      t.ok(failure instanceof Unavailable);
      t.notMatch(JSON.stringify(failure) + String(failure), secret);
      t.notOk(connection.figures().leftAlone);
    });

    await t.test('closed, it says so', async (t) => {
      const connection = open();
      await connection.close();
      await t.rejects(find(connection), { code: 'unavailable' });
    });
  },
);

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
