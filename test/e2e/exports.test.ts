import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Step, startDyingServer } from '../support/dyingServer.js';
import { unpacked } from '../support/exports.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

/** Enough for an archive of several pieces. */
const events = 2000;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(
  server: ServerProcess,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  key = testAdminToken,
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() } as Answer;
}

async function send(server: ServerProcess, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const batch = Array.from({ length: Math.min(1000, count - from) }, (_, n) => ({
      type: 'track',
      event: 'Lesson Opened',
      userId: 'ann',
      messageId: `m-${from + n}`,
      timestamp: new Date().toISOString(),
    }));
    await call(server, 'POST', '/v1/batch', { batch }, testWriteKey);
  }
}

async function request(t: Test, server: ServerProcess): Promise<string> {
  const { status, body } = await call(server, 'POST', '/v1/privacy/exports', {
    userId: 'ann',
    kind: 'access',
  });
  t.equal(status, 202);
  return String((body.data as Record<string, unknown>).exportId);
}

/** Looks until the export is no longer being made. */
async function prepared(server: ServerProcess, exportId: string): Promise<Record<string, unknown>> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await wait(20)) {
    const { body } = await call(server, 'GET', `/v1/privacy/exports/${exportId}`);
    const data = body.data as Record<string, unknown>;
    if (data.status !== 'requested') return data;
  }
  throw new Error('the export was not made in time');
}

t.test('a person gets their data over HTTP, once, and hostile requests are refused', async (t) => {
  const folder = testFolder(t, { data: {}, out: {} });
  const server = await startServerProcess(join(folder, 'data'), { LOG_LEVEL: 'debug' });
  t.teardown(() => server.stop());
  await send(server, 10);
  const exportId = await request(t, server);
  const made = await prepared(server, exportId);
  t.match(made, {
    status: 'prepared',
    kind: 'access',
    progress: 1,
    link: /^\/v1\/privacy\/exports\/.+token=/,
  });
  const again = await call(server, 'GET', `/v1/privacy/exports/${exportId}`);
  t.match(again, { status: 200, body: { data: { link: null } } });

  const link = `${server.url}${made.link}`;
  t.equal((await fetch(link, { method: 'HEAD' })).status, 405, 'a preview does not use the link up');
  t.equal((await fetch(`${link}x`)).status, 404);
  const response = await fetch(link);
  t.equal(response.status, 200);
  t.match(Object.fromEntries(response.headers), {
    'content-type': 'application/zip',
    'content-length': String(made.bytes),
    'cache-control': 'no-store',
    'content-disposition': /attachment/,
  });
  const files = unpacked(join(folder, 'out'), Buffer.from(await response.arrayBuffer()));
  t.equal(files.get('observed.jsonl')?.match(/Lesson Opened/g)?.length, 10);
  const second = await fetch(link);
  t.equal(second.status, 410);
  t.match(await second.json(), { code: 'gone', instance: /:id\/download/ });
  t.match(server.output(), ':id/download', 'the log has the request');
  t.notMatch(server.output(), 'token=', 'but not its link');

  const post = (body: object, key?: string) => call(server, 'POST', '/v1/privacy/exports', body, key);
  t.match(await post({ userId: 'nobody', kind: 'access' }), { status: 404, body: { code: 'not-found' } });
  t.match(await post({ kind: 'access' }), { status: 400 });
  t.match(await post({ userId: 'a', anonymousId: 'b', kind: 'access' }), { status: 400 });
  t.match(await post({ userId: 'a', kind: 'all' }), { status: 400 });
  t.match(await post({ userId: { $gt: '' }, kind: 'access' }), { status: 400 });
  t.match(await post([]), { status: 400 });
  t.match(await post({ userId: 'a', kind: 'access' }, 'wrong'), { status: 401 });
  t.match(await post({ userId: 'a', kind: 'access' }, testWriteKey), { status: 403 });
  for (const id of ['nobody', '..%2f..%2froot.key', '%00', 'x'.repeat(400), '__proto__', '%E2%80%AE']) {
    const looked = await call(server, 'GET', `/v1/privacy/exports/${id}`);
    t.ok([400, 404].includes(looked.status), `${id.slice(0, 20)} is ${looked.status}`);
    for (const token of ['', 'x', 'a.b', `${'A'.repeat(12)}.${'A'.repeat(43)}`, '%00', 'x'.repeat(5000)]) {
      const { status } = await fetch(`${server.url}/v1/privacy/exports/${id}/download?token=${token}`);
      t.ok([400, 404].includes(status), `${id.slice(0, 20)} with ${token.slice(0, 10)} is ${status}`);
    }
  }
});

/** In their order, once an export is recorded as asked for; at the last one its link is not told yet. */
const steps: readonly Step[] = [
  'appended export-requested.v1',
  'export half stored',
  'export stored',
  'appended export-prepared.v1',
];

t.test('killed at each step, each export is made again, and nothing half is served', async (t) => {
  const folder = testFolder(t, { data: {}, out: {} });
  const data = join(folder, 'data');
  let server = await startDyingServer(data);
  await send(server, events);
  const names = () => readdirSync(join(data, 'exports'));
  const askAndDieAt = async (step: Step) => {
    await server.dieAt(step);
    // The answer can be lost with the server.
    await request(t, server).catch(() => undefined);
    await server.died;
  };
  await askAndDieAt('export begun');
  t.equal(names().length, 1, 'its mark outlives the crash');
  server = await startDyingServer(data);
  t.same(names(), [], 'and goes, since nothing was asked for');

  const links: unknown[] = [];
  let known: readonly string[] = [];
  for (const step of steps) {
    await askAndDieAt(step);
    const [name = ''] = names().filter((each) => !known.includes(each));
    server = await startDyingServer(data);
    const { status, link } = await prepared(server, decodeURIComponent(name.split('+')[1] ?? ''));
    t.equal(status, 'prepared', step);
    links.push(link);
    known = names();
  }
  t.teardown(() => server.stop());
  for (const link of links) {
    const archive = Buffer.from(await (await fetch(`${server.url}${link}`)).arrayBuffer());
    const files = unpacked(join(folder, 'out'), archive);
    t.equal(files.get('observed.jsonl')?.match(/Lesson Opened/g)?.length, events);
  }
  t.same(
    names().filter((name) => name.endsWith('.begun')),
    [],
  );
});
