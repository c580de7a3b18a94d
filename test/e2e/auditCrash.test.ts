import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { runProgram } from '../support/programRun.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

const rounds = 2;

t.test(`the audit trail fits its heads after each of ${rounds} kill -9`, { timeout: 170_000 }, async (t) => {
  const folder = testFolder(t);
  const anchorFile = join(folder, 'anchor.jsonl');
  const environment = { WAYMARK_AUDIT_ANCHOR: pathToFileURL(anchorFile).href };
  const dataFolder = join(folder, 'data');
  let people = 0;
  let signed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = await startServerProcess(dataFolder, environment);
    // Links are entries. Heads are signed between them, and the last links have none when the server dies.
    for (let heads = 0; heads < 3; heads += 1) {
      await Promise.all(Array.from({ length: 20 }, () => link(server.url, `person-${people++}`)));
      const answer = await fetch(`${server.url}/v1/audit/head`, {
        headers: { authorization: `Bearer ${testAdminToken}` },
      });
      const { data } = (await answer.json()) as { data: { treeSize: number } };
      if (data.treeSize < signed) t.fail(`a head for ${data.treeSize} entries after one for ${signed}`);
      signed = data.treeSize;
    }
    await Promise.all(Array.from({ length: 20 }, () => link(server.url, `person-${people++}`)));
    await server.kill();
    const given = existsSync(anchorFile) ? ['--anchor', anchorFile] : [];
    t.match(await runProgram(['verify', '--audit', ...given], dataFolder), { code: 0 }, `round ${round}`);
  }
  const server = await startServerProcess(dataFolder, environment);
  t.equal(await server.stop(), 0);
  t.match(await runProgram(['verify', '--audit', '--anchor', anchorFile], dataFolder), {
    code: 0,
    output: new RegExp(`${2 * people} entries of 1 tenants, [1-9]\\d* signed heads, [1-9]\\d* anchored`),
  });
});

async function link(url: string, userId: string): Promise<void> {
  const identify = { type: 'identify', userId, anonymousId: `before-${userId}`, messageId: userId };
  const first = {
    type: 'track',
    event: 'Seen',
    anonymousId: `before-${userId}`,
    messageId: `first-${userId}`,
  };
  const answer = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { 'x-write-key': testWriteKey, 'content-type': 'application/json' },
    body: JSON.stringify({ batch: [first, identify] }),
  });
  if (answer.status !== 200) throw new Error(`not accepted: ${answer.status}`);
}
