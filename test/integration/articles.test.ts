import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

t.setTimeout(60_000);

const canRun = process.platform === 'linux' && spawnSync('curl', ['--version']).status === 0;

t.test(
  'the commands that answer each article do',
  { skip: canRun ? false : 'needs curl and a Linux shell' },
  async (t) => {
    const folder = testFolder(t);
    const { secret } = await (await openAccessKeys(testConfiguration(folder))).create('privacy-officer');
    const waymark = await startTestWaymark(folder);
    t.teardown(() => waymark.stop());
    const sent = await fetch(`${waymark.url}/v1/identify`, {
      method: 'POST',
      headers: { 'x-write-key': testWriteKey },
      body: JSON.stringify({ userId: 'ann', traits: { city: 'Paris' } }),
    });
    t.equal(sent.status, 200);
    while (!(await waymark.application.processors.caughtUp()))
      await new Promise((resolve) => setImmediate(resolve));
    const page = await readFile('docs/privacy/articles.md', 'utf8');
    const [functions = '', ...examples] = [...page.matchAll(/```sh\n(.*?)```/gs)].map(
      ([, code = '']) => code,
    );
    t.ok(examples.length >= 9);
    const env = { PATH: process.env.PATH, WAYMARK: waymark.url, TOKEN: secret, WRITE_KEY: testWriteKey };
    for (const code of examples) {
      const { stdout } = await promisify(execFile)('bash', ['-ec', `${functions}\n${code}`], { env });
      t.match(stdout, /^\{/, code);
    }
  },
);
