import { createPublicKey, verify } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { callbackDelays } from '../../src/commands/statusCallback.js';
import { createPostCallback } from '../../src/integrations/callbacks/postCallback.js';
import { isLoopbackAddress, isPublicAddress } from '../../src/integrations/callbacks/publicAddress.js';
import { asking, openCallbackServer, openRequestSide, type ShownRequest } from '../support/requestSide.js';
import { testFolder } from '../support/testFolder.js';

const isCompleted = ({ request_status }: ShownRequest) => request_status === 'completed';
const fulfillers = {
  erasure: async () => ({ outcome: 'completed', remarks: [], result: {} }) as const,
};

async function openBoth(t: Test, answer: (response: ServerResponse, path: string) => void) {
  const server = await openCallbackServer(answer);
  const side = await openRequestSide(testFolder(t), { fulfillers, callbackHosts: [server.host] });
  t.teardown(async () => {
    await side.close();
    await server.close();
  });
  return { server, side };
}

t.test('each change of the status is told, in order, signed over the exact bytes', async (t) => {
  const { server, side } = await openBoth(t, (response) => response.writeHead(204).end());
  const body = asking({ status_callback_urls: [`${server.url}/one`, `${server.url}/two`] });
  await side.post(body);
  const told = await side.until(body.subject_request_id, ({ callbacks }) =>
    callbacks.every(({ delivered }) => delivered === 2),
  );
  t.match(told, { request_status: 'completed', callbacks: [{ owed: [] }, { owed: [] }] });
  const calls = server.received.map(({ bytes }) => JSON.parse(bytes.toString()));
  for (const path of ['/one', '/two']) {
    const url = server.url + path;
    const mine = calls.filter((call) => call.status_callback_url === url);
    t.strictSame(
      mine.map((call) => call.request_status),
      ['in_progress', 'completed'],
    );
    t.match(mine[0], {
      controller_id: 'default',
      subject_request_id: body.subject_request_id,
      expected_completion_time: String,
    });
  }
  const publicKey = createPublicKey(side.signingKey.publicKeyPem);
  for (const { headers, bytes } of server.received) {
    const signature = Buffer.from(String(headers['x-opendsr-signature']), 'base64');
    t.ok(verify(null, bytes, publicKey, signature));
    t.equal(headers['x-opendsr-processor-domain'], 'privacy.example');
  }
});

t.test('a server that fails is tried again, then given up, and holds nothing back', async (t) => {
  const { server, side } = await openBoth(t, (response) => response.writeHead(500).end('no'));
  const body = asking({ status_callback_urls: [`${server.url}/cb`] });
  const id = body.subject_request_id;
  await side.post(body);
  await side.until(id, isCompleted);
  for (const status of ['in_progress', 'completed']) {
    for (const [index, delay] of callbackDelays.entries()) {
      const { callbacks } = await side.until(
        id,
        ({ callbacks: [callback] }) => callback?.owed[0] === status && callback.failed_attempts === index + 1,
      );
      t.match(callbacks[0], { last_failure: 'http-500' });
      side.clock.ahead += delay;
    }
    await side.until(id, ({ callbacks: [callback] }) => callback?.owed[0] !== status);
  }
  const { callbacks } = await side.until(id, () => true);
  t.match(callbacks, [{ given_up: 2, delivered: 0, owed: [], last_failure: 'http-500' }]);
  t.equal(server.received.length, 2 * (callbackDelays.length + 1));
});

t.test('a server that comes back is told what it missed', async (t) => {
  let failing = true;
  const { server, side } = await openBoth(t, (response) => response.writeHead(failing ? 503 : 200).end());
  const body = asking({ status_callback_urls: [`${server.url}/cb`] });
  await side.post(body);
  await side.until(body.subject_request_id, ({ callbacks }) => callbacks[0]?.failed_attempts === 1);
  failing = false;
  side.clock.ahead += callbackDelays[0] ?? 0;
  await side.until(body.subject_request_id, ({ callbacks }) => callbacks[0]?.delivered === 2);
  t.match(await side.until(body.subject_request_id, isCompleted), { callbacks: [{ given_up: 0 }] });
});

const request = { tenantId: 'default', body: Buffer.from('{}'), headers: { 'x-opendsr-signature': 's' } };

t.test('redirects are not followed, and silence is a time-out', async (t) => {
  const server = await openCallbackServer((response, path) => {
    if (path === '/away') response.writeHead(307, { location: '/reached' }).end();
    // Anything else is left without an answer.
  });
  t.teardown(server.close);
  const rules = { hostsOf: () => [server.host], allowLoopback: true };
  const post = createPostCallback({ rules, timeout: 100 });
  t.strictSame(await post({ ...request, url: `${server.url}/away` }), {
    delivered: false,
    reason: 'redirected',
  });
  t.strictSame(await post({ ...request, url: `${server.url}/slow` }), {
    delivered: false,
    reason: 'timeout',
  });
  t.equal(server.received.length, 2);
});

t.test('an answer without end is not read', async (t) => {
  let written = 0;
  const server = await openCallbackServer((response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
    };
    response.on('drain', more);
    more();
  });
  t.teardown(server.close);
  const post = createPostCallback({ rules: { hostsOf: () => [server.host], allowLoopback: true } });
  t.strictSame(await post({ ...request, url: `${server.url}/flood` }), { delivered: true });
  t.ok(written < 50_000_000);
});

t.test('nothing is sent to hosts off the list, nor to private addresses', async (t) => {
  const server = await openCallbackServer((response) => response.writeHead(200).end());
  t.teardown(server.close);
  const hosts = [
    server.host,
    `hooks.example:${server.port}`,
    `10.0.0.1:${server.port}`,
    `[::1]:${server.port}`,
  ];
  const resolveTo =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const strict = { hostsOf: () => hosts, allowLoopback: false };
  const post = (url: string, ...addresses: string[]) =>
    createPostCallback({ rules: strict, timeout: 2000, resolve: resolveTo(...addresses) })({
      ...request,
      url,
    });

  t.match(await post(`https://elsewhere.example/`), { reason: 'callback-not-allowed' });
  t.match(await post(`http://127.0.0.1:${server.port}/`), { reason: 'callback-not-allowed' }, 'plain HTTP');
  const rebound = `https://hooks.example:${server.port}/`;
  for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fd00::1', '::ffff:127.0.0.1']) {
    t.strictSame(await post(rebound, address), { delivered: false, reason: 'private-address' }, address);
  }
  t.match(await post(rebound, '93.184.215.14', '127.0.0.1'), { reason: 'private-address' }, 'one of several');
  t.match(await post(rebound), { reason: 'private-address' }, 'no address at all');
  for (const literal of [`127.0.0.1:${server.port}`, `10.0.0.1:${server.port}`, `[::1]:${server.port}`]) {
    t.match(await post(`https://${literal}/`), { reason: 'private-address' }, literal);
  }
  t.strictSame(server.received, []);

  // The very addresses that were checked are the ones connected to.
  const lenient = createPostCallback({
    rules: { hostsOf: () => [`localhost:${server.port}`], allowLoopback: true },
    resolve: resolveTo('127.0.0.1'),
  });
  t.match(await lenient({ ...request, url: `http://localhost:${server.port}/` }), { delivered: true });
});

t.test('public and private addresses are told apart', async (t) => {
  for (const address of ['8.8.8.8', '93.184.215.14', '2606:4700::1111', '172.32.0.1', '100.128.0.1']) {
    t.ok(isPublicAddress(address), address);
  }
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.8.8.8',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    'localhost',
    '',
  ]) {
    t.notOk(isPublicAddress(address), address);
  }
  t.ok(isLoopbackAddress('127.1.2.3'));
  t.ok(isLoopbackAddress('::1'));
  t.notOk(isLoopbackAddress('10.0.0.1'));
});
