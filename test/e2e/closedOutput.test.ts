import { once } from 'node:events';
import t from 'tap';
import { startServerProcess } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

t.test('a server whose output nobody reads any more goes on, and ends in order', async (t) => {
  const server = await startServerProcess(testFolder(t));
  for (const output of [server.process.stdout, server.process.stderr]) {
    output?.destroy();
    if (output) await once(output, 'close');
  }
  t.equal((await fetch(`${server.url}/readyz`)).status, 200);
  t.equal(await server.stop(), 0);
});
