import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { runProgram } from '../support/programRun.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

const persons = 1500;

async function call(
  server: ServerProcess,
  method: string,
  path: string,
  body?: object,
  key = testAdminToken,
) {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const rotate = (server: ServerProcess, body: object) => call(server, 'POST', '/v1/privacy/keys/rotate', body);
const identify = (at: number, round: number) => ({
  ...{ type: 'identify', userId: `person-${at}`, messageId: `${at}/${round}` },
  traits: { email: `person-${at}-${round}@example.com` },
});
const emailOf = async (server: ServerProcess, at: number, position: string) =>
  (await call(server, 'GET', `/v1/profiles/person-${at}?waitFor=${position}`)).body.data.traits.email;

t.test('keys of every level are rotated while events come in, none of which is refused', async (t) => {
  const folder = testFolder(t);
  const rootKeyFile = join(folder, 'root.key');
  let server = await startServerProcess(folder);
  t.teardown(() => server.stop());
  let round = 0;
  let position = '';
  /** Everybody's address anew. */
  const sendAll = async () => {
    round += 1;
    for (let from = 0; from < persons; from += 100) {
      const batch = Array.from({ length: 100 }, (_, at) => identify(from + at, round));
      const answer = await call(server, 'POST', '/v1/batch', { batch }, testWriteKey);
      t.match(answer, { status: 200, body: { accepted: 100, suppressed: 0, rejected: [] } });
      position = answer.body.position;
    }
  };
  const beside = async (work: () => Promise<void>) => {
    let working = true;
    const sending = (async () => {
      do await sendAll();
      while (working);
    })();
    await work();
    working = false;
    await sending;
  };
  await sendAll();

  const old = (await readFile(rootKeyFile, 'utf8')).trim();
  const next = randomBytes(32).toString('hex');
  await beside(async () => {
    for (const at of [0, 1, 2]) {
      const userId = `person-${at}`;
      t.match(await rotate(server, { level: 'data', userId }), {
        status: 200,
        body: { data: { level: 'data' } },
      });
    }
    t.match(await rotate(server, { level: 'tenant' }), { status: 200 });
    await writeFile(rootKeyFile, `${next}\n${old}\n`);
    t.match(await rotate(server, { level: 'root' }), { status: 200 });
    await writeFile(rootKeyFile, `${next}\n`);
  });
  for (const at of [0, 2, persons - 1])
    t.equal(
      await emailOf(server, at, position),
      `person-${at}-${round}@example.com`,
      'what came since opens',
    );
  const journey = await call(server, 'GET', '/v1/profiles/person-0/journey?limit=500');
  t.match(JSON.stringify(journey.body), /person-0-1@example.com/, 'and what came before');

  t.match(await rotate(server, { level: 'data', userId: 'nobody' }), { status: 404 });
  t.match(await rotate(server, { level: 'data' }), { status: 400 });
  t.match(await rotate(server, { level: 'everything' }), { status: 400 });

  const tenantKeyVersions = async () => {
    const { tenants } = JSON.parse(await readFile(join(folder, 'keys', 'tenants.json'), 'utf8'));
    return tenants[0].keys.map(({ version }: { version: number }) => version);
  };
  const cutShort = rotate(server, { level: 'tenant' }).catch(() => undefined);
  await until(async () => (await tenantKeyVersions()).includes(3), 'the third key wraps');
  await server.kill();
  await cutShort;
  server = await startServerProcess(folder);
  t.match(await rotate(server, { level: 'tenant' }), { status: 200 }, 'one that was killed is gone on with');
  t.equal(await emailOf(server, 1, position), `person-1-${round}@example.com`);
  await server.stop();
  const verified = await runProgram(['verify'], folder);
  t.match(verified.output, new RegExp(`ok {5}key file: ${persons + 3} data keys`));
  t.equal((await tenantKeyVersions()).length, 1, 'the older ones are gone');
  server = await startServerProcess(folder);
  t.equal(await emailOf(server, 0, position), `person-0-${round}@example.com`);
});
