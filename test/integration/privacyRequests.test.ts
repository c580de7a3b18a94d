import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import type { DueRequest, Fulfilment } from '../../src/commands/personRights.js';
import { asking, openRequestSide, type RequestSide } from '../support/requestSide.js';
import { testFolder } from '../support/testFolder.js';

const done: Fulfilment = { outcome: 'completed', remarks: [], result: { receipt: 'r1' } };
const seen: DueRequest[] = [];
const fulfil = async (request: DueRequest) => {
  seen.push(request);
  return done;
};
const folder = testFolder(t);
let side: RequestSide;
t.before(async () => {
  side = await openRequestSide(folder, {
    fulfillers: { erasure: fulfil, rectification: fulfil, restriction: fulfil, access: fulfil },
    callbackHosts: ['hooks.example'],
    works: false,
  });
});
t.teardown(() => side.close());

function isSigned(answer: { headers: Record<string, unknown>; text: string }, publicKeyPem: string): boolean {
  const signature = Buffer.from(String(answer.headers['x-opendsr-signature']), 'base64');
  return verify(null, Buffer.from(answer.text), createPublicKey(publicKeyPem), signature);
}

t.test('a request is received as OpenDSR says, and its answer is signed', async (t) => {
  const body = asking();
  const answer = await side.post(body);
  t.equal(answer.status, 201);
  t.match(answer.body, {
    controller_id: 'default',
    subject_request_id: body.subject_request_id,
    encoded_request: Buffer.from(JSON.stringify(body)).toString('base64'),
    received_time: String,
    expected_completion_time: String,
    position: String,
  });
  t.match(answer.headers, { 'x-opendsr-processor-domain': 'privacy.example', 'cache-control': 'no-store' });
  const discovery = await side.get('discovery');
  const key = discovery.body.processor_public_key;
  t.equal(answer.headers['x-opendsr-key-id'], key.key_id);
  t.ok(isSigned(answer, key.pem));
  t.notOk(isSigned({ ...answer, text: answer.text.replace('default', 'another') }, key.pem));
  const found = await side.get(`requests/${body.subject_request_id}`);
  t.ok(isSigned(found, key.pem));
  t.match(found.body, { request_status: 'pending', subject_request_type: 'erasure', overdue: false });
});

t.test('the same again is the same request, other content a conflict', async (t) => {
  const body = asking();
  const [first, second] = [await side.post(body), await side.post(body)];
  t.equal(second.status, 201);
  t.strictSame(second.body, first.body);
  const other = await side.post({ ...body, subject_request_type: 'access' });
  t.match(other, { status: 409, body: { code: 'conflict' } });
  const racing = asking();
  const answers = await Promise.all(Array.from({ length: 5 }, () => side.post(racing)));
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201]));
  t.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

t.test('no identity and no new value stands in any file', async (t) => {
  const planted = `planted-${randomUUID()}`;
  const value = `value-${randomUUID()}`;
  const body = asking({
    subject_request_type: 'rectification',
    subject_identities: [
      { identity_type: 'controller_customer_id', identity_value: planted, identity_format: 'raw' },
    ],
    extensions: { waymark: { traits: { city: value, age: 41 } } },
  });
  const first = await side.post(body);
  t.equal(first.status, 201);
  t.strictSame((await side.post(body)).body, first.body, 'though it is sealed differently each time');
  const changed = { waymark: { traits: { city: 'elsewhere', age: 41 } } };
  t.equal((await side.post({ ...body, extensions: changed })).status, 409);
  await side.caughtUp();
  let files = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    files += 1;
    for (const text of [planted, value]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        const written = Buffer.from(text).toString(encoding).replace(/=+$/, '').slice(0, -2);
        t.notOk(bytes.includes(written), `${entry.name}, ${encoding}`);
      }
    }
  }
  t.ok(files >= 3, 'the stores were looked through');
});

t.test('an identity has to be verified where the request says so', async (t) => {
  const body = asking({ extensions: { waymark: { identity_verification: 'required' } } });
  const id = body.subject_request_id;
  await side.post(body);
  t.match((await side.get(`requests/${id}`)).body, {
    request_status: 'received',
    identity_verification: { state: 'required', by: null },
  });
  t.match(await side.act(id, 'verify', { verified: true }), {
    status: 400,
    body: { code: 'invalid-parameter' },
  });
  const verified = await side.act(id, 'verify', { verified: true, method: 'document' });
  t.match(verified, {
    status: 200,
    body: {
      request_status: 'pending',
      identity_verification: { state: 'verified', method: 'document', by: 'key-default' },
    },
  });
  const refused = asking({ extensions: { waymark: { identity_verification: 'required' } } });
  await side.post(refused);
  t.match((await side.act(refused.subject_request_id, 'verify', { verified: false })).body, {
    request_status: 'rejected',
    rejection: { reason: 'identity-not-verified', by: 'key-default' },
  });
});

t.test('officers extend, reject, cancel and retry', async (t) => {
  const body = asking({ submitted_time: '2026-01-31T10:00:00Z' });
  const id = body.subject_request_id;
  await side.post(body);
  t.match((await side.get(`requests/${id}`)).body, {
    expected_completion_time: '2026-02-28T10:00:00.000Z',
    overdue: true,
  });
  t.match(await side.act(id, 'extend', { reason: 'complexity' }), { status: 409 }, 'too late');

  const young = asking();
  await side.post(young);
  const extended = await side.act(young.subject_request_id, 'extend', { reason: 'complexity' });
  t.match(extended, { status: 200, body: { extension: { reason: 'complexity', by: 'key-default' } } });
  t.match(await side.act(young.subject_request_id, 'reject', { reason: 'excessive' }), {
    body: { request_status: 'rejected', rejection: { reason: 'excessive' } },
  });
  t.equal((await side.act(young.subject_request_id, 'retry')).status, 409);

  const cancelled = await side.inject('DELETE', `/v1/privacy/requests/${id}`);
  t.match(cancelled, { status: 202, body: { subject_request_id: id, received_time: String } });
  t.ok(isSigned(cancelled, side.signingKey.publicKeyPem));
  t.strictSame((await side.inject('DELETE', `/v1/privacy/requests/${id}`)).body, cancelled.body);
  t.match((await side.get(`requests/${id}`)).body, { request_status: 'cancelled', overdue: false });
});

t.test('another tenant neither finds nor changes it, and may use the same id', async (t) => {
  const body = asking();
  const id = body.subject_request_id;
  await side.post(body);
  t.equal((await side.get(`requests/${id}`, 'admin-other')).status, 404);
  t.equal((await side.inject('DELETE', `/v1/privacy/requests/${id}`, undefined, 'admin-other')).status, 404);
  t.equal((await side.post(body, 'admin-other')).status, 201);
  await side.inject('DELETE', `/v1/privacy/requests/${id}`, undefined, 'admin-other');
  t.match((await side.get(`requests/${id}`)).body, { request_status: 'pending' });
  await side.caughtUp();
  const list = await side.get('requests?limit=500', 'admin-other');
  t.strictSame(
    list.body.data.map((each: { controller_id: string }) => each.controller_id),
    ['other'],
  );
});

t.test('the list is filtered, and those due first come first', async (t) => {
  const [early, late] = ['2026-03-05T00:00:00Z', '2026-03-09T00:00:00Z'].map((submitted_time) =>
    asking({
      subject_request_type: 'access',
      submitted_time,
      subject_identities: [{ identity_type: 'controller_customer_id', identity_value: 'bob' }],
    }),
  );
  const { body } = await side.post(late);
  const { body: last } = await side.post(early);
  const ids = async (query: string) =>
    (await side.get(`requests?${query}&waitFor=${last.position}`)).body.data.map(
      (each: { subject_request_id: string }) => each.subject_request_id,
    );
  t.strictSame(await ids('type=access'), [early?.subject_request_id, late?.subject_request_id]);
  t.strictSame(await ids('userId=bob'), [early?.subject_request_id, late?.subject_request_id]);
  t.strictSame(await ids('type=access&dueBefore=2026-04-07T00:00:00Z'), [early?.subject_request_id]);
  t.strictSame(await ids('type=access&status=cancelled'), []);
  t.strictSame(await ids('userId=nobody'), []);
  t.equal((await side.get('requests?status=lost')).status, 400);
  t.ok(body.position);
});

t.test('what is not supported is said, with what is', async (t) => {
  t.match((await side.get('discovery')).body, {
    supported_subject_request_types: ['access', 'erasure', 'rectification', 'restriction'],
    supported_identities: [
      { identity_type: 'controller_customer_id', identity_format: 'raw' },
      { identity_type: 'anonymous_id', identity_format: 'raw' },
    ],
  });
  const email = { identity_type: 'email', identity_value: 'ada@example.org', identity_format: 'raw' };
  const answer = await side.post(asking({ subject_identities: [email] }));
  t.match(answer, { status: 400, body: { code: 'unsupported-identity', detail: /controller_customer_id/ } });
  t.notMatch(answer.text, /ada@/);
  t.match(await side.post(asking({ subject_request_type: 'portability' })), {
    status: 501,
    body: { code: 'request-type-not-supported' },
  });
  for (const url of [
    'https://elsewhere.example/cb',
    'http://hooks.example/cb',
    'https://hooks.example:8443/cb',
    'https://user:secret@hooks.example/cb',
    'https://hooks.example/cb?email=ada',
    'https://hooks.example/cb#x',
    'https://hooks.ex\nample/cb',
    'https://hooks.example.evil.example/',
    'file:///etc/passwd',
    'not a url',
    'https://hooks.example/cb/ada@example.org',
    'https://hooks.example/cb/ada%40example.org',
    'https://hooks.example/cb/+4915112345678',
  ]) {
    const refused = await side.post(asking({ status_callback_urls: [url] }));
    t.match(refused, { status: 400, body: { code: 'callback-not-allowed' } }, url);
  }
  t.equal((await side.post(asking({ status_callback_urls: ['https://hooks.example/cb'] }))).status, 201);
  const named = { subject_identities: [{ identity_type: 'anonymous_id', identity_value: 'visitor|7' }] };
  for (const path of ['visitor|7', 'visitor%7C7', 'visitor%7c7']) {
    const url = `https://hooks.example/cb/${path}`;
    const refused = await side.post(asking({ ...named, status_callback_urls: [url] }));
    t.match(refused, { status: 400, body: { code: 'callback-not-allowed' } }, url);
  }
});

t.test('hostile input is a 4xx with a code, and leaves nothing behind', async (t) => {
  const head = await side.eventStore.head();
  const identity = (identity_value: unknown) => ({
    subject_identities: [{ identity_type: 'anonymous_id', identity_value, identity_format: 'raw' }],
  });
  const rectify = (traits: unknown) => ({
    subject_request_type: 'rectification',
    extensions: { waymark: { traits } },
  });
  const bodies: unknown[] = [
    undefined,
    '',
    '{',
    '[]',
    'null',
    '"text"',
    '\ud800',
    '{"__proto__":{"subject_request_type":"erasure"}}',
    'x'.repeat(70_000),
    asking({ subject_request_id: 'a7551968-d5d6-44b2-9831-815ac901779' }),
    asking({ subject_request_id: '../../../../etc/passwd' }),
    asking({ subject_request_id: randomUUID().toUpperCase() }),
    asking({ subject_request_type: 'everything' }),
    asking({ submitted_time: '2026-02-30T00:00:00Z' }),
    asking({ submitted_time: '2099-01-01T00:00:00Z' }),
    asking({ submitted_time: 'yesterday' }),
    asking({ subject_identities: [] }),
    asking({ subject_identities: Array(21).fill({ identity_type: 'anonymous_id', identity_value: 'v' }) }),
    asking(identity('')),
    asking(identity('a\u0000b')),
    asking(identity('x'.repeat(257))),
    asking(identity({ $ne: null })),
    asking({ status_callback_urls: Array(4).fill('https://hooks.example/cb') }),
    asking({ unknown: 1 }),
    asking({ extensions: { waymark: { unknown: 1 } } }),
    asking({ extensions: { waymark: { traits: { a: 1 } } } }),
    asking(rectify({})),
    asking(rectify({ nested: { a: 1 } })),
    asking(rectify({ 'ada@example.org': 'x' })),
    asking({ ...identity('visitor-7'), ...rectify({ 'since visitor-7': 'x' }) }),
    asking(rectify(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, n])))),
    asking({ subject_request_type: 'rectification' }),
    JSON.stringify(asking(rectify({}))).replace('"traits":{}', '"traits":{"__proto__":"x"}'),
  ];
  for (const body of bodies) {
    const answer = await side.post(body);
    t.ok(
      answer.status >= 400 && answer.status < 500,
      `${answer.status} ${JSON.stringify(body)?.slice(0, 150)}`,
    );
    t.type(answer.body.code, 'string');
  }
  t.strictSame(await side.eventStore.head(), head);
});

t.test('whatever is sent, the server answers for it', async (t) => {
  const field = fc.constantFrom(...Object.keys(asking()), 'extensions', 'status_callback_urls');
  const holds = fc.asyncProperty(field, fc.jsonValue(), async (name, value) => {
    const { status } = await side.post(asking({ [name]: value }));
    return status < 500 || status === 501;
  });
  await t.resolves(fc.assert(holds, { numRuns: 200 }));
  for (const path of ['requests/x', 'requests/%00', `requests/${randomUUID()}`, 'requests?userId=%00']) {
    const { status } = await side.get(path);
    t.ok(status === 400 || status === 404, path);
  }
  const id = randomUUID();
  for (const [action, body] of [
    ['verify', {}],
    ['verify', { verified: 'yes' }],
    ['extend', { reason: 'because' }],
    ['reject', { reason: 'free text about Ada' }],
    ['retry', { more: 1 }],
  ] as const) {
    t.match(await side.act(id, action, body), { status: 400, body: { code: 'invalid-parameter' } }, action);
  }
  t.equal((await side.act(id, 'retry')).status, 404);
  t.equal((await side.app.inject({ method: 'POST', url: '/v1/privacy/requests' })).statusCode, 401);
});

t.test('the routes are described, and answer what the description says', async (t) => {
  const source = (await side.app.inject('/openapi.json')).body;
  const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended'] }) });
  const about = problems.map(({ message, location }) => `${message} ${location[0]?.pointer}`);
  t.strictSame(
    about.filter((problem) => problem.includes('privacy')),
    [],
  );
  const description = JSON.parse(source.replaceAll('"#/components', '"api#/components'));
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', components: description.components });
  const check = (path: string, method: string, status: string, body: unknown) => {
    const validate = ajv.compile(
      description.paths[path][method].responses[status].content['application/json'].schema,
    );
    t.ok(validate(body), `${method} ${path}`, { errors: validate.errors, body });
  };
  const body = asking({ status_callback_urls: ['https://hooks.example/cb'] });
  check('/v1/privacy/requests', 'post', '201', (await side.post(body)).body);
  const one = `/v1/privacy/requests/{id}`;
  check(one, 'get', '200', (await side.get(`requests/${body.subject_request_id}`)).body);
  check('/v1/privacy/requests', 'get', '200', (await side.get('requests')).body);
  check('/v1/privacy/discovery', 'get', '200', (await side.get('discovery')).body);
  const extended = await side.act(body.subject_request_id, 'extend', { reason: 'complexity' });
  check(`${one}/extend`, 'post', '200', extended.body);
  const deleted = await side.inject('DELETE', `/v1/privacy/requests/${body.subject_request_id}`);
  check(one, 'delete', '202', deleted.body);
});
