import { randomBytes } from 'node:crypto';
import t from 'tap';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { openMongoExportArchive } from '../../src/integrations/mongodb/mongoExportArchive.js';
import { bytesOf } from '../support/exports.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { startTcpProxy } from '../support/tcpProxy.js';
import { until } from '../support/until.js';
import { exportArchiveContract } from './exportArchive.js';

t.test('in MongoDB', { skip: noMongoServer }, async (t) => {
  const url = await mongoDatabase(t);
  const database = openKeyDatabase(url);
  t.teardown(() => database.connection.close());

  await t.test('the archive keeps the contract', (t) =>
    exportArchiveContract(t, () => openMongoExportArchive(database)),
  );

  await t.test(
    'nothing is in the clear, what is changed does not open, and nothing is left behind',
    async (t) => {
      const archive = await openMongoExportArchive(database);
      const entry = { tenantId: 'default', exportId: 'e', subject: 'a'.repeat(32) };
      const key = randomBytes(32);
      async function* content() {
        yield Buffer.from('planted-canary '.repeat(15_000));
      }
      // What the contract read is removed when it was read, in the background.
      await until(async () => (await database.exportChunks.countDocuments()) === 0, 'it is gone');
      await archive.store(entry, key, content());
      const chunks = await database.exportChunks.find().sort({ number: 1 }).toArray();
      t.equal(chunks.length, 4);
      t.notOk(chunks.some(({ bytes }) => Buffer.from(bytes.buffer).includes('planted-canary')));

      const [first, second] = chunks;
      await database.exportChunks.updateOne({ _id: second?._id ?? '' }, { $set: { number: 9 } });
      const cut = await archive.open(entry, key);
      await t.rejects(async () => cut && bytesOf(cut.content), 'a chunk left out');
      await database.exportChunks.updateOne({ _id: second?._id ?? '' }, { $set: { number: 0 } });
      await database.exportChunks.updateOne({ _id: first?._id ?? '' }, { $set: { number: 1 } });
      const swapped = await archive.open(entry, key);
      await t.rejects(async () => swapped && bytesOf(swapped.content), 'chunks swapped');

      await archive.remove(entry);
      t.equal(await database.exportChunks.countDocuments(), 0);
      t.equal(await database.exports.countDocuments(), 0);
    },
  );

  await t.test(
    'a removal after the download that fails is made up for',
    { skip: process.env.MONGODB_URL ? 'needs a server of its own' : false },
    async (t) => {
      const proxy = await startTcpProxy(Number(new URL(url).port));
      const behind = new URL(url);
      behind.port = String(proxy.port);
      const cut = openKeyDatabase(behind.href);
      t.teardown(async () => {
        await proxy.close();
        await cut.connection.close();
      });
      const archive = await openMongoExportArchive(cut);
      const entry = { tenantId: 'default', exportId: 'cut', subject: 'a'.repeat(32) };
      const key = randomBytes(32);
      async function* content() {
        yield Buffer.from('content');
      }
      await archive.store(entry, key, content());
      const opened = await archive.open(entry, key);
      await archive.remove(entry);
      await proxy.set('refused');
      if (opened !== undefined) await t.rejects(bytesOf(opened.content), { code: 'key-store-unavailable' });
      await t.rejects(archive.list(), { code: 'key-store-unavailable' });
      t.equal(await database.exportChunks.countDocuments(), 1, 'it is still there');
      await proxy.set('open');
      await until(
        () =>
          archive.list().then(
            () => true,
            () => false,
          ),
        'it can be listed again',
      );
      t.equal(await database.exportChunks.countDocuments(), 0);
      t.equal(await database.exports.countDocuments(), 0);
    },
  );
});
