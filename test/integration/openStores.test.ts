import { readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openStores } from '../../src/composition/stores.js';
import { createLogger } from '../../src/http/logger.js';
import { runProgram } from '../support/programRun.js';
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
    const folder = t.testdir({ documents: 'a file in the way' });
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
  const file = join(t.testdir({}), 'file');
  await writeFile(file, 'x');
  for (const folder of [join(file, 'below'), ...(process.platform === 'linux' ? ['/proc/waymark'] : [])]) {
    const run = await runProgram(['serve'], folder);
    t.equal(run.code, 1);
    t.match(run.errors, /^The data folder .* cannot be made or used .*: choose another with WAYMARK_DATA\n$/);
  }
});
