import { MongoClient } from 'mongodb';
import t from 'tap';
import {
  type MongoDocumentStore,
  openMongoDocumentStore,
} from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { CountedCommits } from '../support/countedCommits.js';
import { noMongoServer, startFerretServer } from '../support/mongoServer.js';
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy.js';
import { testFolder } from '../support/testFolder.js';

const database = 'waymark-commits';
/** More than a commit has messages. */
const messagesAtMost = 12;
/** Milliseconds: far more than what happens while a writer is held. */
const heldPatience = 20_000;

t.test(
  'a commit that is cut short',
  { skip: process.env.MONGODB_URL ? 'needs a server of its own' : noMongoServer },
  async (t) => {
    const server = await startFerretServer(testFolder(t));
    t.teardown(() => server.kill());
    const open = (port: number, patience = 300) =>
      openMongoDocumentStore({
        url: `mongodb://127.0.0.1:${port}/${database}`,
        now: Date.now,
        patience,
      });

    /** One commit over a network that does something at each of its messages in turn, and who takes over. */
    async function atEachMessage(
      state: 'reset' | 'held' | 'blip',
      passOn: boolean,
      then: (parts: {
        commits: CountedCommits;
        writer: MongoDocumentStore;
        other: MongoDocumentStore;
        proxy: TcpProxy;
        committed: Promise<unknown>;
      }) => Promise<void>,
    ): Promise<number> {
      const closing: Promise<unknown>[] = [];
      try {
        for (let message = 1; message <= messagesAtMost; message++) {
          const proxy = await startTcpProxy(server.port);
          // Who is held is to go on where it was, and not to try again meanwhile.
          const writer = open(proxy.port, state === 'held' ? heldPatience : undefined);
          const other = open(server.port);
          const commits = new CountedCommits();
          try {
            await commits.define(writer);
            await commits.define(other);
            await commits.commit(writer, 1);
            await commits.commit(writer, 2);
            let seen = 0;
            const fault = proxy.when((piece) => piece.includes(database) && ++seen === message, state, {
              passOn,
            });
            const committed = commits.commit(writer, 3).catch((error: unknown) => error);
            await Promise.race([fault.happened, committed]);
            if (!fault.hasHappened()) return message - 1;
            await then({ commits, writer, other, proxy, committed });
          } finally {
            // A writer that gets no answer takes its time: the next one need not wait for it.
            closing.push(proxy.close(), writer.close(), other.close());
          }
        }
        throw new Error('a commit has more messages than this test looks at');
      } finally {
        await Promise.all(closing);
      }
    }

    for (const passOn of [false, true]) {
      const moment = passOn ? 'after' : 'before';

      await t.test(`by the end of its process ${moment} any of its messages, is there or not`, async (t) => {
        const outcomes = new Set<number>();
        const messages = await atEachMessage('reset', passOn, async ({ commits, other }) => {
          const number = await commits.open(other);
          outcomes.add(number);
          await commits.verify(other, number);
          await commits.commit(other, number + 1);
          await commits.verify(other, number + 1);
        });
        t.ok(messages >= 4, `a commit of ${messages} messages`);
        t.ok(outcomes.has(3));
        t.equal(outcomes.has(2), !passOn);
      });

      await t.test(`by a pause ${moment} any of its messages, does no harm when it goes on`, async (t) => {
        await atEachMessage('held', passOn, async ({ commits, writer, other, proxy, committed }) => {
          const number = await commits.open(other);
          await commits.verify(other, number);
          for (let next = number + 1; next <= number + 3; next++) await commits.commit(other, next);
          await proxy.set('open');
          const outcome = await committed;
          if (number === 2) t.match(outcome, { code: 'checkpoint-moved' });
          else t.equal(outcome, undefined);
          await commits.verify(other, number + 3);
          await t.rejects(commits.commit(writer, 4), { code: 'checkpoint-moved' });
          await commits.verify(other, number + 3);
          t.equal(await commits.open(writer), number + 3);
          await commits.commit(writer, number + 4);
          await commits.verify(other, number + 4);
        });
      });

      await t.test(`by a lost connection ${moment} any of its messages, is made once`, async (t) => {
        await atEachMessage('blip', passOn, async ({ commits, writer, other, committed }) => {
          t.equal(await committed, undefined);
          await commits.verify(other, 3);
          await commits.commit(writer, 4);
          t.equal(await commits.open(other), 4);
          await commits.verify(other, 4);
        });
      });
    }

    await t.test('a large one stands in parts until it is written, of which nothing stays', async (t) => {
      const proxy = await startTcpProxy(server.port);
      const [writer, other] = [open(proxy.port), open(server.port)];
      const client = new MongoClient(`mongodb://127.0.0.1:${server.port}/${database}`);
      t.teardown(() => Promise.all([proxy.close(), writer.close(), other.close(), client.close()]));
      const commits = new CountedCommits(undefined, 3 * 1024 * 1024);
      const parts = () => client.db().collection('_commitParts').countDocuments({ name: commits.name });
      await commits.define(writer);
      await commits.commit(writer, 1);
      t.equal(await parts(), 0);
      await commits.verify(other, 1);
      const decided = (piece: Buffer) => piece.includes('_checkpoints');
      const { happened } = proxy.when(decided, 'reset', { passOn: true });
      const committed = commits.commit(writer, 2).catch(() => undefined);
      await happened;
      t.equal(await parts(), 2);
      t.equal(await commits.open(other), 2);
      await commits.verify(other, 2);
      t.equal(await parts(), 0);
      await committed;
    });

    await t.test('a document that MongoDB does not take is refused, and nothing is written', async (t) => {
      const store = open(server.port);
      t.teardown(() => store.close());
      const commits = new CountedCommits(undefined, 16 * 1024 * 1024);
      await commits.define(store);
      await t.rejects(commits.commit(store, 1), { code: 'document-too-large' });
      await commits.verify(store, 0);
    });

    await t.test('a removed document is remembered for a day', async (t) => {
      let now = Date.now();
      const url = `mongodb://127.0.0.1:${server.port}/${database}`;
      const store = openMongoDocumentStore({ url, now: () => now });
      const client = new MongoClient(url);
      t.teardown(() => Promise.all([store.close(), client.close()]));
      const commits = new CountedCommits();
      await commits.define(store);
      const removed = () =>
        client
          .db()
          .collection(`${commits.name}-left`)
          .countDocuments({ gone: { $exists: true } });
      await commits.commit(store, 1);
      await commits.commit(store, 2);
      // That of commit 0 was never there, and might still come late.
      t.equal(await removed(), 2);
      now += 23 * 60 * 60 * 1000;
      await commits.commit(store, 3);
      t.equal(await removed(), 3);
      now += 2 * 60 * 60 * 1000;
      await commits.commit(store, 4);
      t.equal(await removed(), 2);
      await commits.verify(store, 4);
    });

    await t.test('a checkpoint alone, given up and made after all, does not stop its writer', async (t) => {
      const proxy = await startTcpProxy(server.port);
      const writer = open(proxy.port);
      t.teardown(async () => {
        await proxy.close();
        await writer.close();
      });
      const commit = (value: string) => writer.commit({ checkpoint: { name: 'alone', value } });
      await commit('1');
      const { happened } = proxy.when((piece) => piece.includes(database), 'reset', { passOn: true });
      await t.rejects(commit('2'), { code: 'document-store-unavailable' });
      await happened;
      await proxy.set('open');
      await commit('3');
      t.equal(await writer.getCheckpoint('alone'), '3');
    });
  },
);
