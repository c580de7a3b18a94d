import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { startServerProcess } from '../support/serverProcess.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

t.test(
  'two servers that start at once are one installation',
  { skip: noMongoServer, timeout: 120_000 },
  async (t) => {
    const environment = {
      MONGODB_URL: await mongoDatabase(t),
      WAYMARK_ROOT_KEY: randomBytes(32).toString('hex'),
      WAYMARK_WRITE_KEY: '',
      WAYMARK_ADMIN_TOKEN: '',
    };
    const folder = t.testdir();
    const servers = await Promise.all(
      ['one', 'two'].map((name) => startServerProcess(join(folder, name), environment)),
    );
    t.teardown(() => Promise.all(servers.map((server) => server.stop())));

    const tokens = servers.flatMap((server) => server.output().match(/wa_[\w-]+/) ?? []);
    t.equal(tokens.length, 1, 'one of them made the first keys, and told them');
    const [token = ''] = tokens;
    const read = async (url: string, path: string) => {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: await response.text() };
    };
    for (const path of ['/v1/privacy/discovery', '/v1/audit/keys']) {
      const [one, two] = await Promise.all(servers.map(({ url }) => until200(() => read(url, path))));
      const keys = (text = '') => text.match(/-----BEGIN[^"]+|"publicKey":"[^"]+"/g);
      t.ok(keys(one), path);
      t.strictSame(keys(two), keys(one), `${path}: both sign with the same key`);
    }

    const { stdout } = await waymark(folder, environment, 'keys', 'list');
    const [administrator = ''] = /^\S+(?= +administrator)/m.exec(stdout) ?? [];
    await waymark(folder, environment, 'keys', 'revoke', administrator);
    for (const { url } of servers) await untilRefused(() => read(url, '/v1/audit/keys'));
    t.pass('a key that was revoked is out of force on both');

    const other = { ...environment, WAYMARK_ROOT_KEY: randomBytes(32).toString('hex') };
    await t.rejects(startServerProcess(join(folder, 'three'), other), /wrapped by another root key/);
  },
);

function waymark(folder: string, environment: Readonly<Record<string, string>>, ...words: string[]) {
  const env = {
    PATH: process.env.PATH,
    WAYMARK_DATA: join(folder, 'cli'),
    LOG_LEVEL: 'warn',
    ...environment,
  };
  return promisify(execFile)(process.execPath, [program, ...words], { env });
}

/** The other instance sees a new key within seconds. */
async function until200(
  read: () => Promise<{ readonly status: number; readonly body: string }>,
): Promise<string> {
  return (await answerThat(read, (status) => status === 200)).body;
}

async function untilRefused(read: () => Promise<{ readonly status: number; readonly body: string }>) {
  await answerThat(read, (status) => status === 401);
}

async function answerThat(
  read: () => Promise<{ readonly status: number; readonly body: string }>,
  fits: (status: number) => boolean,
) {
  for (const deadline = Date.now() + 20_000; ; ) {
    const answer = await read();
    if (fits(answer.status)) return answer;
    if (Date.now() > deadline) throw new Error(`the answer is still ${answer.status}: ${answer.body}`);
    await wait(50);
  }
}
