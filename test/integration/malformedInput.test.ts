import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { type RecordingServer, startRecordingServer, testKeys } from '../support/recordingServer.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
t.comment(`seed ${seed}: set WAYMARK_SEED to repeat`);

async function post(
  server: RecordingServer,
  url: string,
  payload: string | Buffer,
  headers: Record<string, string> = {},
) {
  const answer = await server.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'x-write-key': testKeys.write, ...headers },
  });
  return { status: answer.statusCode, text: answer.body, json: answer.json() };
}

t.test('what is no JSON, or too much of it, is a clear 4xx and nothing is handed on', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const gzipped = gzipSync(Buffer.from('{"userId":"u"}'));
  const gzip = { 'content-encoding': 'gzip' };
  const cases: [string, string | Buffer, Record<string, string>, number, string][] = [
    ['nothing', '', {}, 400, 'invalid-json'],
    ['half an object', '{"userId":', {}, 400, 'invalid-json'],
    ['NaN', '{"n":NaN}', {}, 400, 'invalid-json'],
    ['raw control character', '{"userId":"a\u0001"}', {}, 400, 'invalid-json'],
    ['broken UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), {}, 400, 'invalid-json'],
    ['UTF-16', Buffer.from('\ufeff{"userId":"u"}', 'utf16le'), {}, 400, 'invalid-json'],
    ['500 KB and one', `"${'x'.repeat(500 * 1024)}"`, {}, 413, 'body-too-large'],
    ['gzip bomb', gzipSync(Buffer.alloc(50_000_000, 0x20)), gzip, 413, 'body-too-large'],
    ['gzip cut short', gzipped.subarray(0, 12), gzip, 400, 'bad-request'],
    ['no gzip at all', '{"userId":"u"}', gzip, 400, 'bad-request'],
    ['unknown encoding', '{}', { 'content-encoding': 'zstd' }, 415, 'unsupported-encoding'],
    ['two encodings', gzipped, { 'content-encoding': 'gzip, gzip' }, 415, 'unsupported-encoding'],
    [
      'encoding by a prototype name',
      '{}',
      { 'content-encoding': 'constructor' },
      415,
      'unsupported-encoding',
    ],
  ];
  for (const [name, payload, headers, status, code] of cases) {
    const answer = await post(server, '/v1/page', payload, headers);
    t.equal(answer.status, status, name);
    t.equal(answer.json.code, code, name);
  }
  t.equal((await post(server, '/v1/batch', '{"batch":{}}')).json.code, 'invalid-parameter');
  t.equal((await post(server, '/v1/batch', `{"batch":[${'1,'.repeat(5000)}1]}`)).json.code, 'body-too-large');
  t.same(server.requests, []);
});

t.test('JSON that means harm is rejected by itself, with a stable code', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const event = (fields: string) => `{"type":"track","event":"E","userId":"u",${fields}}`;
  const cases: [string, string][] = [
    [event(`"properties":{"a":${deep(100_000)}}`), 'too-deep'],
    [event(`"properties":${deep(100_000)}`), 'too-deep'],
    [deep(100_000), 'not-an-object'],
    [event('"properties":{"n":1e999}'), 'invalid-number'],
    [event('"userId":9007199254740993'), 'invalid-user-id'],
    [event('"userId":1e300'), 'invalid-user-id'],
    [event(String.raw`"userId":"\ud800"`), 'invalid-user-id'],
    [event(String.raw`"userId":"a\u0000b"`), 'invalid-user-id'],
    [event(String.raw`"messageId":"\udfff"`), 'invalid-message-id'],
    [event('"userId":{"__proto__":{"length":1}}'), 'invalid-user-id'],
    [event('"type":"__proto__"'), 'unknown-type'],
    [event('"type":"constructor"'), 'unknown-type'],
    [event('"event":null'), 'invalid-event-name'],
    ['null', 'not-an-object'],
    ['[]', 'not-an-object'],
    ['"text"', 'not-an-object'],
  ];
  for (const [json, code] of cases) {
    const answer = await post(server, '/v1/batch', `{"batch":[${json},${event('"messageId":"good"')}]}`);
    t.equal(answer.status, 200);
    t.match(answer.json, { accepted: 1, rejected: [{ index: 0, code }] }, json.slice(0, 60));
  }
  const rejected = server.requests.flatMap((request) => request.rejected);
  t.equal(rejected.length, cases.length);
  for (const { payload } of rejected) t.ok(Buffer.byteLength(payload) <= 32 * 1024);

  const twice = await post(server, '/v1/track', event('"userId":"first","userId":"second"'));
  t.equal(twice.json.accepted, 1);
  t.equal(server.messages().at(-1)?.userId, 'second', 'of a key that appears twice the last wins');
  await post(
    server,
    '/v1/track',
    event('"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}'),
  );
  t.notOk('polluted' in {}, 'no prototype is touched');
});

t.test('any JSON at all: every event is accounted for and no value comes back in a reason', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const marker = 'MARKER-b1946ac9';
  const fieldValue = fc.oneof(
    fc.constant(marker),
    fc.constantFrom('track', 'identify', 'page', 'group', 'alias', '', '__proto__', '2026-01-01T00:00:00Z'),
    fc.jsonValue({ noUnicodeString: false }),
  );
  const event = fc.oneof(
    fc.jsonValue({ noUnicodeString: false }),
    fc.record(
      Object.fromEntries(
        [
          'type',
          'event',
          'eventType',
          'userId',
          'anonymousId',
          'messageId',
          'timestamp',
          'originalTimestamp',
          'sentAt',
          'properties',
          'traits',
          'context',
          'groupId',
          'previousId',
          'eventData',
          'deviceInfo',
          'sessionId',
          '__proto__',
        ].map((name) => [name, fieldValue]),
      ),
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 8 }), fc.boolean(), async (events, segment) => {
      const body = segment ? { batch: events } : events;
      const answer = await post(server, segment ? '/v1/batch' : '/api/events/track', JSON.stringify(body));
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      if (answer.json.accepted + answer.json.rejected.length !== events.length)
        throw new Error('lost events');
      for (const { message } of answer.json.rejected) {
        if (message.includes(marker)) throw new Error('a value came back');
      }
    }),
    { seed, numRuns: 300 },
  );
  const withoutId = server
    .messages()
    .filter(({ userId, anonymousId, messageId }) => !(userId || anonymousId) || !messageId);
  t.same(withoutId, []);
});

t.test('any bytes at all are a 2xx or a 4xx', async (t) => {
  const server = await startRecordingServer();
  t.teardown(server.close);
  const encoding = fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'x');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), encoding, async (bytes, contentEncoding) => {
      const headers = { 'content-encoding': contentEncoding };
      const { status } = await post(server, '/v1/track', Buffer.from(bytes), headers);
      if (status >= 500 || (status >= 300 && status < 400)) throw new Error(`status ${status}`);
    }),
    { seed, numRuns: 300 },
  );
  t.equal((await server.app.inject('/healthz')).statusCode, 200);
});
