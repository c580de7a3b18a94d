import { connect } from 'node:net';
import type { FastifyPluginAsync } from 'fastify';
import t from 'tap';
import { processorsReady } from '../../src/http/operations.js';
import type { ProcessorStatus } from '../../src/processors/processor.js';
import { startRecordingServer, testKeys } from '../support/recordingServer.js';

const administrator = { authorization: `Bearer ${testKeys.administrator}` };

const routes: FastifyPluginAsync = async (scope) => {
  scope.get('/profiles/:userId', async () => {
    throw new Error('cannot read the profile of jane@example.com');
  });
  scope.get(
    '/limited',
    { schema: { querystring: { type: 'object', properties: { limit: { type: 'integer', maximum: 500 } } } } },
    async () => ({}),
  );
};

t.test('the process lives; it is ready when each dependency is', async (t) => {
  const status: ProcessorStatus = {
    name: 'profiles',
    kind: 'projection',
    version: 1,
    state: 'running',
    position: '1',
    lag: 0,
    waiting: 0,
    behind: false,
    parked: 0,
    rebuildProgress: null,
    error: null,
  };
  let processors: ProcessorStatus[] = [status];
  let store = async () => ({ ready: true, state: 'open' });
  const server = await startRecordingServer({
    readiness: [{ name: 'event-store', check: () => store() }, processorsReady(() => processors, 5000)],
  });
  t.teardown(server.close);
  const ready = async () => {
    const answer = await server.app.inject('/readyz');
    return { status: answer.statusCode, ...answer.json() };
  };
  t.equal((await server.app.inject('/healthz')).statusCode, 200);
  t.match(await ready(), {
    status: 'ready',
    dependencies: [
      { name: 'event-store', ready: true },
      { name: 'processors', ready: true },
    ],
  });
  processors = [{ ...status, lag: 5001, behind: true }];
  t.match(await ready(), { status: 'not-ready', dependencies: [{}, { state: 'profiles behind' }] });
  processors = [{ ...status, state: 'failed' }];
  t.match(await ready(), { status: 'not-ready', dependencies: [{}, { state: 'profiles failed' }] });
  processors = [status];
  store = () => Promise.reject(new Error('refused by 10.0.0.7'));
  t.match(await ready(), { status: 'not-ready', dependencies: [{ state: 'unreachable' }, {}] });
  t.equal((await server.app.inject('/readyz')).statusCode, 503);
  t.equal((await server.app.inject('/healthz')).statusCode, 200, 'not ready is still alive');
});

t.test('metrics tell routes and outcomes, and nobody', async (t) => {
  const server = await startRecordingServer({
    plugins: [{ prefix: '/v1', routes }],
    gauges: [
      {
        name: 'waymark_processor_lag_ms',
        help: 'Lag.',
        labelNames: ['processor'],
        collect: () => [{ labels: { processor: 'profiles' }, value: 7 }],
      },
    ],
  });
  t.teardown(server.close);
  await fetch(`${server.url}/v1/batch`, {
    method: 'POST',
    headers: { 'x-write-key': testKeys.write },
    body: JSON.stringify({ batch: [{ type: 'page', userId: 'jane@example.com' }, { type: 'page' }] }),
  });
  await fetch(`${server.url}/v1/profiles/jane%40example.com`, { headers: administrator });
  await fetch(`${server.url}/nothing/jane%40example.com`);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  t.match(metrics, /waymark_events_total\{source="segment",outcome="accepted"\} 1/);
  t.match(metrics, /waymark_events_total\{source="segment",outcome="rejected"\} 1/);
  t.match(metrics, /duration_seconds_count\{method="GET",route="\/v1\/profiles\/:userId",status="500"\} 1/);
  t.match(metrics, /duration_seconds_count\{method="GET",route="none",status="404"\} 1/);
  t.match(metrics, 'waymark_processor_lag_ms{processor="profiles"} 7');
  t.match(metrics, /nodejs_eventloop_lag_seconds/);
  t.notMatch(metrics, /jane/);
});

t.test('logs and problems tell routes, never addresses, values or stacks', async (t) => {
  const server = await startRecordingServer({ plugins: [{ prefix: '/v1', routes }] });
  t.teardown(server.close);
  const answer = await fetch(`${server.url}/v1/profiles/jane%40example.com?from=1`, {
    headers: {
      ...administrator,
      'x-request-id': 'bad id of jane',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  });
  const requestId = answer.headers.get('x-request-id');
  t.match(requestId, /^[0-9a-f-]{36}$/, 'an id that could hold anything is replaced');
  t.strictSame(await answer.json(), {
    type: 'urn:waymark:problem:internal-error',
    title: 'Something went wrong on our side',
    status: 500,
    code: 'internal-error',
    detail: 'Try again; if it stays, report the request id of this answer.',
    instance: `/v1/profiles/:userId#${requestId}`,
  });
  const lines = server.logLines.map((line) => JSON.parse(line));
  const failed = lines.find(({ msg }) => msg === 'request failed');
  t.match(failed, { requestId, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', err: { stack: /at / } });
  t.match(
    lines.find(({ msg }) => msg === 'request completed'),
    { req: { method: 'GET', route: '/v1/profiles/:userId' }, res: { statusCode: 500 } },
  );
  const ofRequests = server.logLines.filter((line) => line.includes('requestId'));
  t.equal(ofRequests.length, 2);
  t.notMatch(ofRequests.join(''), /jane|127\.0\.0\.1|from=1/);
});

t.test('a parameter that is not valid is named, its value is not', async (t) => {
  const server = await startRecordingServer({ plugins: [{ prefix: '/v1', routes }] });
  t.teardown(server.close);
  const answer = await server.app.inject({ url: '/v1/limited?limit=9999', headers: administrator });
  t.equal(answer.statusCode, 400);
  t.match(answer.json(), { code: 'invalid-parameter', errors: [{ path: 'limit', code: 'maximum' }] });
  t.notMatch(answer.body, /9999/);
});

t.test('a request id stands where a program made it, every other is replaced', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const idFor = async (id: string) =>
    (await server.app.inject({ url: '/healthz', headers: { 'x-request-id': id } })).headers['x-request-id'];
  for (const id of ['4111111111111111', '192.168.17.4', 'req-ada-lovelace', 'ada', 'build-2026-01-15.3']) {
    t.match(await idFor(id), /^[0-9a-f]{8}-[0-9a-f-]{27}$/, id);
  }
  for (const id of ['11111111-1111-4111-8111-111111111111', '4bf92f3577b34da6a3ce929d0e0e4736']) {
    t.equal(await idFor(id), id);
  }
});

t.test('unknown addresses and methods', async (t) => {
  const server = await startRecordingServer({ plugins: [{ prefix: '/v1', routes }] });
  t.teardown(server.close);
  const missing = await server.app.inject('/v1/nothing');
  t.equal(missing.statusCode, 404);
  t.equal(missing.json().code, 'not-found');
  const wrongMethod = await server.app.inject('/v1/track');
  t.equal(wrongMethod.statusCode, 405);
  t.equal(wrongMethod.headers.allow, 'POST');
  t.match(wrongMethod.json().instance, /^\/v1\/track#/, 'the problem says where');
  const read = await server.app.inject({ method: 'DELETE', url: '/v1/profiles/u' });
  t.equal(read.statusCode, 405);
  t.equal(read.headers.allow, 'GET, HEAD');
  t.match(read.json().instance, /^\/v1\/profiles\/:\w+#/, 'by the pattern, never the address');
  t.equal((await server.app.inject('/%ZZ')).json().code, 'bad-request');
});

t.test('what is no HTTP request, is too large or too slow is answered and closed', async (t) => {
  const server = await startRecordingServer({ limits: { requestTimeout: 300, headersTimeout: 200 } });
  t.teardown(server.close);
  const { port } = new URL(server.url);
  const exchange = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  t.match(await exchange('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"bad-request"/);
  t.match(
    await exchange(`GET /healthz?${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`),
    /^HTTP\/1\.1 431 [\s\S]*"code":"headers-too-large"/,
  );
  t.match(
    await exchange('POST /v1/track HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{'),
    /^HTTP\/1\.1 408 [\s\S]*"code":"request-timeout"/,
  );
});

t.test('closing waits for the requests under way', async (t) => {
  let release = () => {};
  let started = () => {};
  const arrived = new Promise<void>((resolve) => {
    started = resolve;
  });
  const server = await startRecordingServer({
    ingestMessages: async ({ messages }) => {
      started();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { accepted: messages.length, duplicates: 0, suppressed: 0, rejected: [], position: '1' };
    },
  });
  const answer = fetch(`${server.url}/v1/page`, {
    method: 'POST',
    headers: { 'x-write-key': testKeys.write },
    body: JSON.stringify({ userId: 'u' }),
  });
  await arrived;
  const closed = server.close();
  release();
  t.equal((await answer).status, 200);
  await closed;
});
