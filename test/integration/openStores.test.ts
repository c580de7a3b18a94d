import { readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openStores } from '../../src/composition/stores.js';
import { createLogger } from '../../src/http/logger.js';
import { startEventStoreDbServer } from '../support/eventstoredb/server.js';
import { noMongoServer, startFerretServer } from '../support/mongoServer.js';
import { runProgram } from '../support/programRun.js';
import { startTcpProxy } from '../support/tcpProxy.js';
import { testFolder } from '../support/testFolder.js';
import { testConfiguration } from '../support/waymark.js';

const log = createLogger('silent');

/** Files of the folder that this process holds open. */
async function openFilesIn(folder: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  const paths = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}

t.test(
  'where the document store cannot be opened, all that was opened before is closed again',
  { skip: process.platform === 'linux' ? false : 'open files are told by /proc' },
  async (t) => {
    const folder = testFolder(t, { documents: 'a file in the way' });
    await t.rejects(openStores(testConfiguration(folder), log));
    t.strictSame(await openFilesIn(folder), []);
    await rm(join(folder, 'documents'));
    const stores = await openStores(testConfiguration(folder), log);
    t.ok((await openFilesIn(folder)).length > 0, 'what is looked at shows open files');
    await stores.close();
    t.strictSame(await openFilesIn(folder), []);
  },
);

t.test('a data folder that can be none ends the program with one clear line', async (t) => {
  const file = join(testFolder(t, {}), 'file');
  await writeFile(file, 'x');
  for (const folder of [join(file, 'below'), ...(process.platform === 'linux' ? ['/proc/waymark'] : [])]) {
    const run = await runProgram(['serve'], folder);
    t.equal(run.code, 1);
    t.match(run.errors, /^The data folder .* cannot be made or used .*: choose another with WAYMARK_DATA\n$/);
  }
});

t.test(
  'a start waits for each server that is not there yet, and names it',
  { skip: process.env.MONGODB_URL ? 'needs a server of its own' : noMongoServer },
  async (t) => {
    const folder = testFolder(t, { mongo: {}, events: {}, data: {} });
    const mongo = await startFerretServer(join(folder, 'mongo'));
    const events = await startEventStoreDbServer({ folder: join(folder, 'events') });
    const [toEvents, toDocuments, toKeys] = await Promise.all(
      [events.port, mongo.port, mongo.port].map((port) => startTcpProxy(port)),
    );
    t.teardown(async () => {
      await Promise.all([toEvents, toDocuments, toKeys].map((proxy) => proxy?.close()));
      await events.stop();
      await mongo.kill();
    });
    if (toEvents === undefined || toDocuments === undefined || toKeys === undefined) return;
    const named = new Map([
      ['EventStoreDB at ', toEvents],
      ['MongoDB cannot', toDocuments],
      ['MongoDB with the keys', toKeys],
    ]);
    for (const proxy of named.values()) await proxy.set('refused');
    const waitedFor: string[] = [];
    const listening = createLogger('warn', {
      write(line) {
        const server = [...named.keys()].find((name) => `${JSON.parse(line).msg}`.startsWith(name));
        if (server === undefined || waitedFor.includes(server)) return;
        waitedFor.push(server);
        void named.get(server)?.set('open');
      },
    });
    const stores = await openStores(
      {
        ...testConfiguration(join(folder, 'data')),
        rootKey: 'ab'.repeat(32),
        eventStoreUrl: `esdb://127.0.0.1:${toEvents.port}?tls=false`,
        mongoUrl: `mongodb://127.0.0.1:${toDocuments.port}/late`,
        keysUrl: `mongodb://127.0.0.1:${toKeys.port}/late`,
      },
      listening,
    );
    await stores.close();
    t.strictSame(waitedFor, [...named.keys()]);
  },
);
