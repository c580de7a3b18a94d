import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { freePort } from '../support/freePort.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

/** The proxy's program, `HAPROXY_BIN` or on the path. */
const program = process.env.HAPROXY_BIN ?? 'haproxy';
const skip =
  spawnSync(program, ['-v']).status === 0 ? false : 'haproxy is not installed: name it with HAPROXY_BIN';

interface Proxy {
  readonly url: string;
  readonly process: ChildProcess;
}

/** `deploy/haproxy.cfg` before these servers instead of the containers of the composition. */
async function startProxy(folder: string, urls: readonly string[]): Promise<Proxy> {
  const port = await freePort();
  const [first = '', second = ''] = urls.map((url) => new URL(url).host);
  const text = readFileSync('deploy/haproxy.cfg', 'utf8')
    .replace('bind :8080', `bind 127.0.0.1:${port}`)
    .replaceAll('waymark-1:8080', first)
    .replaceAll('waymark-2:8080', second)
    .replaceAll('inter 2s', 'inter 50ms');
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  const child = spawn(program, ['-f', file], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await statusOf(`${url}/readyz`)) === 200);
  return { url, process: child };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); await wait(20)) {
    if (Date.now() > deadline) throw new Error('what was waited for did not happen within 20 s');
  }
}

const statusOf = (url: string) =>
  fetch(url).then(
    ({ status }) => status,
    () => 0,
  );

async function stop({ process: child }: Proxy): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

const track = (
  url: string,
  messageId: string,
  body = JSON.stringify({ userId: 'ada', event: 'Opened', messageId }),
) =>
  fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
    body,
  });

t.test('requests and WebSockets reach the instances that are there', { skip }, async (t) => {
  const folder = testFolder(t);
  const servers = await Promise.all(['one', 'two'].map((name) => startServerProcess(join(folder, name))));
  t.teardown(async () => {
    await servers[1]?.stop();
  });
  const proxy = await startProxy(
    folder,
    servers.map(({ url }) => url),
  );
  t.teardown(() => stop(proxy));

  t.equal((await track(proxy.url, 'one')).status, 200);
  t.equal(await statusOf(`${proxy.url}/proxy-health`), 200);
  t.equal(await statusOf(`${proxy.url}/metrics`), 404, 'figures are read from each instance');
  const large = await track(proxy.url, 'two', JSON.stringify({ event: 'x'.repeat(600_000) }));
  t.equal(large.status, 413);
  t.equal(large.headers.get('content-type'), 'application/problem+json');
  t.match(await large.json(), { code: 'body-too-large', status: 413 });

  const socket = new WebSocket(`${proxy.url.replace('http', 'ws')}/v1/live`, {
    headers: { authorization: `Bearer ${testAdminToken}` },
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'ping' }));
  const [message] = await once(socket, 'message');
  t.match(JSON.parse(String(message)), { type: 'pong' });
  socket.close();

  await servers[0]?.kill();
  for (let count = 0; count < 20; count++) {
    t.equal((await track(proxy.url, `after-${count}`)).status, 200, 'the other one answers');
  }
});

/** Alive, and ready or not as told. */
async function instance(name: string): Promise<{ url: string; ready: boolean; server: Server }> {
  const state = { ready: true };
  const server = createServer((request, response) => {
    const ready = request.url !== '/readyz' || state.ready;
    response.writeHead(ready ? 200 : 503).end(name);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return Object.assign(state, { url: `http://127.0.0.1:${address.port}`, server });
}

t.test('who is not ready is left out, unless nobody is ready', { skip }, async (t) => {
  const [one, two] = [await instance('one'), await instance('two')];
  const proxy = await startProxy(testFolder(t), [one.url, two.url]);
  const close = async ({ server }: { server: Server }) => {
    server.closeAllConnections();
    if (server.listening) server.close();
  };
  t.teardown(async () => {
    await stop(proxy);
    await Promise.all([close(one), close(two)]);
  });
  const answering = async () => {
    const names = new Set<string>();
    for (let count = 0; count < 10; count++) names.add(await (await fetch(`${proxy.url}/v1/batch`)).text());
    return [...names].sort().join();
  };
  await until(async () => (await answering()) === 'one,two');
  one.ready = false;
  await until(async () => (await answering()) === 'two');
  two.ready = false;
  await until(async () => (await answering()) === 'one,two');
  t.equal(await statusOf(`${proxy.url}/readyz`), 503, 'they say so themselves');

  await Promise.all([close(one), close(two)]);
  await until(async () => (await statusOf(`${proxy.url}/v1/batch`)) === 503);
  const answer = await fetch(`${proxy.url}/v1/batch`);
  t.equal(answer.headers.get('retry-after'), '5');
  t.match(await answer.json(), { status: 503, code: 'overloaded' });
});
