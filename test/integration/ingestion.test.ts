import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { CodedError } from '../../src/domain/errors.js';
import { CommitFailed } from '../../src/eventStore/embedded/frameLog.js';
import { EventStoreUnavailable } from '../../src/eventStore/eventStore.js';
import { startRecordingServer, testKeys } from '../support/recordingServer.js';

const basic = `Basic ${Buffer.from(`${testKeys.write}:`).toString('base64')}`;
const track = { type: 'track', event: 'Lesson Opened', userId: 'u-1', messageId: 'm-1' };

t.test('a batch is answered event by event', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const response = await fetch(`${server.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: basic, 'x-request-id': '4bf92f3577b34da6a3ce929d0e0e4736' },
    body: JSON.stringify({ batch: [track, { type: 'track', userId: 'u-1', messageId: 'm-2' }] }),
  });
  t.equal(response.status, 200);
  t.equal(response.headers.get('x-request-id'), '4bf92f3577b34da6a3ce929d0e0e4736');
  t.strictSame(await response.json(), {
    success: true,
    accepted: 1,
    duplicates: 0,
    suppressed: 0,
    rejected: [
      {
        index: 1,
        messageId: 'm-2',
        code: 'invalid-event-name',
        message: 'Give a track call an event name: text of 1 to 256 characters.',
      },
    ],
    position: '1',
  });
  t.match(server.requests, [
    { tenantId: 'default', correlationId: '4bf92f3577b34da6a3ce929d0e0e4736', source: 'segment' },
  ]);
});

t.test('JSON is read whatever it is called and however it is packed', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const plain = Buffer.from(JSON.stringify(track));
  const deliveries: [Record<string, string>, Buffer][] = [
    [{ 'content-type': 'application/json; charset=utf-8' }, plain],
    [{ 'content-type': 'text/plain' }, plain],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, plain],
    [{ 'content-type': 'not/a;type;;' }, plain],
    [{}, plain],
    [{ 'content-encoding': 'gzip' }, gzipSync(plain)],
    [{ 'content-encoding': 'GZIP', 'content-type': 'application/x-www-form-urlencoded' }, gzipSync(plain)],
    [{ 'content-encoding': 'deflate' }, deflateSync(plain)],
    [{ 'content-encoding': 'br' }, brotliCompressSync(plain)],
  ];
  for (const [headers, payload] of deliveries) {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/track',
      headers: { authorization: basic, ...headers },
      payload,
    });
    t.match(answer.json(), { accepted: 1, rejected: [] }, JSON.stringify(headers));
  }
  t.equal(server.messages().length, deliveries.length);
});

t.test('every call has its short form and its debug twin, which writes nothing', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const body = { event: 'E', userId: 'u', groupId: 'g', previousId: 'p', writeKey: testKeys.write };
  const kinds = ['identify', 'track', 'page', 'screen', 'group', 'alias'];
  for (const kind of kinds) {
    for (const path of [kind, kind.charAt(0), `debug/${kind}`]) {
      const answer = await server.app.inject({ method: 'POST', url: `/v1/${path}`, payload: body });
      t.match(answer.json(), { success: true, accepted: 1 }, path);
    }
  }
  t.same(
    server.messages().map(({ kind }) => kind),
    kinds.flatMap((kind) => [kind, kind]),
  );
  t.equal(server.checks.length, kinds.length);

  for (const url of ['/api/events/track', '/v1/debug/events/track']) {
    const payload = [{ eventType: 'page_view', userId: 'u' }];
    const answer = await server.app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'x-write-key': testKeys.write },
    });
    t.match(answer.json(), { accepted: 1 }, url);
  }
  t.equal(server.requests.at(-1)?.source, 'events-api');
  t.equal(server.checks.length, kinds.length + 1);
});

t.test('a browser on any origin may send, and may read why it was refused', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const preflight = await fetch(`${server.url}/v1/t`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  t.equal(preflight.status, 204);
  t.equal(preflight.headers.get('access-control-allow-origin'), '*');
  t.equal(preflight.headers.get('access-control-allow-headers'), 'authorization,content-type');
  t.equal(preflight.headers.get('access-control-allow-credentials'), null);
  const refused = await fetch(`${server.url}/v1/t`, {
    method: 'POST',
    headers: { origin: 'https://shop.example', 'x-write-key': 'wrong' },
    body: '{}',
  });
  t.equal(refused.status, 401);
  t.equal(refused.headers.get('access-control-allow-origin'), '*');
});

t.test(
  'back pressure: over the bound the answer is 503 with Retry-After, below it work goes on',
  async (t) => {
    const waiting: (() => void)[] = [];
    const server = await startRecordingServer({
      limits: { underWayBytes: 10_000 },
      ingestMessages: async ({ messages }) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { accepted: messages.length, duplicates: 0, suppressed: 0, rejected: [], position: '1' };
      },
    });
    t.teardown(server.close);
    const send = () =>
      fetch(`${server.url}/v1/track`, {
        method: 'POST',
        headers: { authorization: basic },
        body: JSON.stringify(track),
      });
    const answers = await settleAtLeast(Array.from({ length: 10 }, send), 8, () => waiting.length === 2);
    for (const refused of answers.done) {
      t.equal(refused.status, 503);
      t.ok(Number(refused.headers.get('retry-after')) > 0);
      t.match(await refused.json(), { code: 'overloaded' });
    }
    for (const release of waiting) release();
    t.same(
      (await Promise.all(answers.open)).map(({ status }) => status),
      [200, 200],
    );
    const later = send();
    await until(() => waiting.length === 3);
    waiting[2]?.();
    t.equal((await later).status, 200, 'what was held is given back');
  },
);

t.test('a client that breaks off gives back what it held', async (t) => {
  const server = await startRecordingServer({ limits: { underWayBytes: 10_000 } });
  t.teardown(server.close);
  const { port } = new URL(server.url);
  const send = () =>
    server.app.inject({
      method: 'POST',
      url: '/v1/track',
      payload: track,
      headers: { authorization: basic },
    });
  const half = connect(Number(port), '127.0.0.1');
  half.on('error', () => {});
  half.write(
    `POST /v1/track HTTP/1.1\r\nhost: a\r\nx-write-key: ${testKeys.write}\r\ncontent-length: 9000\r\nexpect: 100-continue\r\n\r\n`,
  );
  t.match(String(await once(half, 'data')), /^HTTP\/1\.1 100 /);
  t.equal((await send()).statusCode, 503);
  half.destroy();
  await until(async () => (await send()).statusCode === 200);
});

t.test('what the store has not written yet counts', async (t) => {
  let pending = Number.MAX_SAFE_INTEGER;
  const server = await startRecordingServer({ pendingBytes: () => pending });
  t.teardown(server.close);
  const send = () =>
    server.app.inject({
      method: 'POST',
      url: '/v1/track',
      payload: track,
      headers: { authorization: basic },
    });
  t.equal((await send()).statusCode, 503);
  pending = 0;
  t.equal((await send()).statusCode, 200);
});

t.test('a store that cannot promise durability is a 503 or 507 to be retried', async (t) => {
  const noRoom = new CommitFailed('no room', true);
  const failures: [Error, number, string][] = [
    [new EventStoreUnavailable('sync failed'), 503, 'store-unavailable'],
    [new EventStoreUnavailable('no room', { cause: noRoom }), 507, 'storage-full'],
    [new CodedError('storage-full', 'No room.'), 507, 'storage-full'],
  ];
  for (const [failure, status, code] of failures) {
    const server = await startRecordingServer({ ingestMessages: () => Promise.reject(failure) });
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/track',
      payload: track,
      headers: { authorization: basic },
    });
    t.equal(answer.statusCode, status);
    t.equal(answer.json().code, code);
    t.ok(Number(answer.headers['retry-after']) > 0);
    await server.close();
  }
});

async function settleAtLeast(sent: Promise<Response>[], count: number, ready: () => boolean) {
  const done: Response[] = [];
  const open = new Set(sent);
  for (const answer of sent) {
    void answer.then((response) => {
      if (done.length >= count) return;
      open.delete(answer);
      done.push(response);
    });
  }
  await until(() => done.length === count && ready());
  return { done, open: [...open] };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition was not met in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
