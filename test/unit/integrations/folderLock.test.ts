import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { lockFolder } from '../../../src/integrations/embedded/folderLock.js';
import { testFolder } from '../../support/testFolder.js';

const modulePath = new URL('../../../src/integrations/embedded/folderLock.js', import.meta.url).href;

/** A process that holds the lock until it is killed. */
async function holder(folder: string): Promise<ChildProcess> {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(modulePath)});
    await lockFolder(${JSON.stringify(folder)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

t.test('one holder at a time, and released is free', async (t) => {
  const folder = testFolder(t);
  const lock = await lockFolder(folder);
  await t.rejects(lockFolder(folder), { name: 'FolderInUse' });
  await lock.release();
  await (await lockFolder(folder)).release();
});

t.test('a place where no folder can be is refused at once, with what to do', async (t) => {
  const file = join(testFolder(t, { file: 'x' }), 'file');
  for (const folder of [file, join(file, 'below'), ...(process.platform === 'linux' ? ['/proc/x/y'] : [])]) {
    await t.rejects(lockFolder(folder), {
      name: 'FolderUnusable',
      message: /choose another with WAYMARK_DATA$/,
    });
  }
});

t.test('held by another process until that is killed', async (t) => {
  const folder = testFolder(t);
  const child = await holder(folder);
  t.teardown(() => child.kill('SIGKILL'));
  await t.rejects(lockFolder(folder), { name: 'FolderInUse' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockFolder(folder)).release();
});

t.test('a path too long for a socket is locked all the same', async (t) => {
  const folder = join(testFolder(t), 'x'.repeat(120));
  const lock = await lockFolder(folder);
  await t.rejects(lockFolder(folder), { name: 'FolderInUse' });
  await lock.release();
});
