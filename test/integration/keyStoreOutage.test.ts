import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startWaymark, type Waymark } from '../../src/composition/waymark.js';
import { createLogger } from '../../src/http/logger.js';
import { type Canaries, canariesOf, found } from '../support/canaries.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { startTcpProxy } from '../support/tcpProxy.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { startVaultServer, vaultToken } from '../support/vaultServer.js';
import { testConfiguration } from '../support/waymark.js';

const known = canariesOf('known', '0123456789ab');
const fresh = canariesOf('fresh', 'ba9876543210');
const gone = canariesOf('gone', '9876543210ab');
const invalid = canariesOf('invalid', 'cd0123456789');

async function call({ url }: Waymark, method: string, path: string, body?: object, key = testAdminToken) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
}

const identify = ({ userId, email }: Canaries) => ({ type: 'identify', userId, traits: { email } });
const batchOf = (...people: Canaries[]) => ({
  // One of them is not valid, so that it would stand in the quarantine.
  batch: [
    ...people.map(identify),
    { type: 'track', userId: invalid.userId, traits: { email: invalid.email } },
  ],
});

/** A server on data of which it has used no key yet, with a Vault that the test can break. */
async function openBeforeVault(t: Test) {
  const vault = await startVaultServer();
  t.teardown(() => vault.close());
  const network = await startTcpProxy(Number(new URL(vault.address).port));
  t.teardown(() => network.close());
  const data = join(testFolder(t), 'data');
  const configuration = {
    ...testConfiguration(data),
    vault: {
      address: `http://127.0.0.1:${network.port}`,
      token: vaultToken,
      tokenFile: undefined,
      transitKey: 'waymark',
      namespace: undefined,
    },
  };
  const start = () => startWaymark(configuration, createLogger('silent'));
  const before = await start();
  await call(before, 'POST', '/v1/batch', { batch: [identify(known), identify(gone)] }, testWriteKey);
  await before.application.processors.caughtUp();
  await before.stop();
  const waymark = await start();
  t.teardown(() => waymark.stop());
  const send = (...people: Canaries[]) =>
    call(waymark, 'POST', '/v1/batch', batchOf(...people), testWriteKey);
  return { vault, network, data, start, waymark, send };
}

/** That everything which needs keys is refused, and that nobody is taken for erased. */
async function refused(t: Test, when: string, { waymark, send }: Opened) {
  const unavailable = { status: 503, retryAfter: '5', text: /"code":"key-store-unavailable"/ };
  t.match(await send(known, fresh), unavailable, `${when}: nothing is taken`);
  const read = await call(waymark, 'GET', `/v1/profiles/${known.userId}`);
  t.match(read, unavailable, `${when}: nothing is shown`);
  for (const value of Object.values(known)) t.notOk(read.text.includes(value), when);
}

async function notReady(t: Test, when: string, { waymark }: Opened) {
  const { status, text } = await call(waymark, 'GET', '/readyz');
  t.match({ status, text }, { status: 503, text: /"name":"key-store","ready":false/ }, when);
}

type Opened = Awaited<ReturnType<typeof openBeforeVault>>;

/** That it serves again, with nothing of the outage left behind. */
async function recovered(t: Test, { data, waymark, send }: Opened) {
  const ready = async () => (await call(waymark, 'GET', '/readyz')).status === 200;
  await until(ready, 'the server is ready again', 30_000);
  t.same(await found(data, fresh), [], 'nothing stands in the clear');
  const { status, text } = await send(known, fresh);
  t.equal(status, 200);
  t.match(
    JSON.parse(text),
    { accepted: 2, suppressed: 0, rejected: { length: 1 } },
    'nobody is taken for erased',
  );
  const path = `/v1/profiles/${known.userId}?waitFor=${JSON.parse(text).position}`;
  t.match((await call(waymark, 'GET', path)).text, known.email, 'what was sealed before opens');
  for (const person of [known, fresh, invalid]) t.same(await found(data, person), []);
}

t.test('while Vault refuses, nothing is taken or shown; then everything goes on', async (t) => {
  const opened = await openBeforeVault(t);
  const { vault } = opened;
  const answers: [when: string, status: number, body: string][] = [
    ['the transit key is another one', 400, '{"errors":["cipher: message authentication failed"]}'],
    ['the token is refused', 403, '{"errors":["permission denied"]}'],
    ['what answers is no Vault', 200, '<html></html>'],
  ];
  for (const [when, status, body] of answers) {
    // To the message, to the read and to the look of /readyz.
    vault.answerNext(3, status, body);
    await refused(t, when, opened);
    await notReady(t, when, opened);
  }
  await recovered(t, opened);
});

t.test('nor while it cannot be reached, or fails; an erasure ends, and means what it says', async (t) => {
  const opened = await openBeforeVault(t);
  const { vault, network, waymark, start, send } = opened;
  await network.set('refused');
  await refused(t, 'unreachable', opened);
  await notReady(t, 'unreachable', opened);
  // Destroying needs no key: it is done, and whoever is erased is told from who cannot be read.
  const requestId = await eraseByRequest(waymark.url, gone.userId);
  t.equal(await requestConcluded(waymark.url, requestId), 'completed');
  await refused(t, 'after an erasure', opened);

  await network.set('open');
  vault.sealed = true;
  await refused(t, 'sealed', opened);
  vault.sealed = false;
  await recovered(t, opened);
  t.match(JSON.parse((await send(gone)).text), { accepted: 0, suppressed: 1 }, 'the erased one stays so');
  await network.set('refused');
  t.match(JSON.parse((await send(known)).text), { accepted: 1 }, 'keys that were had once are kept');
  await waymark.stop();
  await t.rejects(start(), { code: 'key-store-unavailable' }, 'and no server starts');
});

t.test('nor while it is slow: what waits for it is stored when it has answered', async (t) => {
  const opened = await openBeforeVault(t);
  const { vault, data, waymark, send } = opened;
  const asked = vault.requests.length;
  const held = vault.hold();
  const sending = send(known, fresh);
  await until(() => vault.requests.length > asked, 'Vault is asked');
  t.same((await call(waymark, 'GET', '/healthz')).status, 200, 'it serves meanwhile');
  t.same(await found(data, fresh), [], 'nothing stands in the clear');
  held.release();
  t.match(JSON.parse((await sending).text), { accepted: 2, suppressed: 0 });
  await recovered(t, opened);
});
