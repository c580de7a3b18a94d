import { type BSON, MongoClient } from 'mongodb';
import t from 'tap';
import { openMongoConnection } from '../../src/integrations/mongodb/connection.js';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { CountedCommits } from '../support/countedCommits.js';
import { noMongoServer, startFerretServer } from '../support/mongoServer.js';
import { type MongoWire, startMongoWire } from '../support/mongoWire.js';
import { testFolder } from '../support/testFolder.js';

/** As a replica set or a cluster tells them: of MongoDB's `error_codes.yml`. */
const passing: readonly (readonly [number, string])[] = [
  [10107, 'NotWritablePrimary'],
  [91, 'ShutdownInProgress'],
  [43, 'CursorNotFound'],
  [112, 'WriteConflict'],
  [13388, 'StaleConfig'],
];
const fatal: readonly (readonly [number, string])[] = [
  [13, 'Unauthorized'],
  [2, 'BadValue'],
  [100, 'UnsatisfiableWriteConcern'],
];
const duplicate = { code: 11000, errmsg: 'E11000 duplicate key error' };
const notReplicated = { code: 189, codeName: 'PrimarySteppedDown', errmsg: 'not replicated' };

/** The answer to one command, and then to no more. */
function once(wire: MongoWire, name: string, told: (answer: BSON.Document) => BSON.Document) {
  const count = { told: 0 };
  wire.rewrite = (command, answer) => {
    if (command.name !== name || count.told > 0) return undefined;
    count.told += 1;
    return told(answer);
  };
  return count;
}

function errorOf([code, codeName]: readonly [number, string]) {
  return { ok: 0, code, codeName, errmsg: `as a server says it: ${codeName}` };
}

t.test(
  'what a server says went wrong',
  { skip: process.env.MONGODB_URL ? 'needs a server of its own' : noMongoServer },
  async (t) => {
    const server = await startFerretServer(testFolder(t));
    const wire = await startMongoWire(server.port);
    const url = `mongodb://127.0.0.1:${wire.port}/errors`;
    const connection = openMongoConnection({
      url,
      patience: 300,
      unavailable: (message) => new Error(message),
    });
    const store = openMongoDocumentStore({ url, now: Date.now, patience: 300 });
    const direct = new MongoClient(`mongodb://127.0.0.1:${server.port}/errors`);
    t.teardown(async () => {
      await Promise.all([store.close(), connection.close(), direct.close()]);
      await wire.close();
      await server.kill();
    });
    const items = connection.database.collection<{ _id: number; n?: number }>('items');
    const read = () => connection.read(() => items.find().toArray());
    const write = (_id: number) =>
      connection.write(() => items.updateOne({ _id }, { $set: { n: 1 } }, { upsert: true }));
    await write(0);

    for (const error of passing) {
      await t.test(`${error[1]} passes: asked again, and nobody notices`, async (t) => {
        const before = connection.figures().repetitions;
        const asked = once(wire, 'find', () => errorOf(error));
        t.equal((await read()).length, 1);
        const written = once(wire, 'update', () => errorOf(error));
        await write(0);
        const unreplicated = once(wire, 'update', (answer) => ({
          ...answer,
          writeConcernError: { code: error[0], codeName: error[1], errmsg: 'not replicated' },
        }));
        await write(0);
        t.strictSame([asked.told, written.told, unreplicated.told], [1, 1, 1]);
        t.equal(connection.figures().repetitions - before, 3);
      });
    }

    for (const error of fatal) {
      await t.test(`${error[1]} does not pass: told at once`, async (t) => {
        const before = connection.figures().repetitions;
        for (const [name, ask] of [
          ['find', read],
          ['update', () => write(0)],
        ] as const) {
          once(wire, name, () => errorOf(error));
          await t.rejects<unknown>(ask, { message: new RegExp(`MongoDB .*\\(${error[1]}\\)`) });
        }
        t.equal(connection.figures().repetitions, before);
        t.notOk(connection.figures().leftAlone, 'the server answers');
      });
    }

    await t.test('a document that was refused does not hide what befell the others', async (t) => {
      const commits = new CountedCommits();
      await commits.define(store);
      await commits.commit(store, 1);
      const interrupted = [
        { writeErrors: [{ index: 0, ...duplicate }], writeConcernError: notReplicated },
        {
          writeErrors: [
            { index: 0, ...duplicate },
            { index: 1, ...notReplicated },
          ],
        },
      ];
      const before = store.figures().repetitions;
      wire.rewrite = ({ name, collection }, answer) =>
        name === 'update' && collection === `${commits.name}-left` && interrupted.length > 0
          ? { ...answer, n: 0, ...interrupted.pop() }
          : undefined;
      await commits.commit(store, 2);
      t.equal(interrupted.length, 0);
      t.equal(store.figures().repetitions - before, 2, 'written again');
      await commits.verify(store, 2);
    });

    await t.test('what is never replicated is never taken for committed', async (t) => {
      const commits = new CountedCommits();
      await commits.define(store);
      await commits.commit(store, 1);
      wire.rewrite = ({ name, collection }, answer) =>
        name === 'update' && collection === `${commits.name}-left`
          ? { ...answer, n: 0, writeErrors: [{ index: 0, ...duplicate }], writeConcernError: notReplicated }
          : undefined;
      await t.rejects(commits.commit(store, 2), { code: 'document-store-unavailable' });
      const head = () =>
        direct
          .db()
          .collection<{ _id: string; changes?: unknown }>('_checkpoints')
          .findOne({ _id: commits.name });
      t.ok((await head())?.changes, 'its documents stay in its head');
      wire.rewrite = () => undefined;
      t.equal(await commits.open(store), 2, 'until they are written for good');
      t.equal((await head())?.changes, undefined);
      await commits.verify(store, 2);
    });
  },
);
