import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { neverRecorded, openReadSide, type ReadSide } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

let side: ReadSide;
t.before(async () => {
  side = await openReadSide(testFolder(t));
  const failed = { userId: 'ann', name: 'Task Failed', properties: { feature: 'quiz' } };
  await side.send([
    failed,
    failed,
    failed,
    { userId: 'ann', name: 'Video Playback Started', properties: { asset_id: 'intro' } },
    { userId: 'bob', kind: 'page', name: 'Home', properties: { feature: 'home' } },
  ]);
  await side.caughtUp();
});
t.teardown(() => side.close());

const people = ['', '/journey', '/sessions', '/struggles', '/videos', '/decisions', '/risk'].map(
  (rest) => (id: string) => `/v1/profiles/${id}${rest}`,
);
const things = ['sessions', 'features', 'videos', 'interventions'].map(
  (kind) => (id: string) => `/v1/${kind}/${id}`,
);
const aboutPeople = [...people, (id: string) => `/api/events/user/${id}/insights`];
const lists = [
  '/v1/profiles',
  '/v1/profiles/ann/journey',
  '/v1/profiles/ann/sessions',
  '/v1/profiles/ann/struggles',
  '/v1/profiles/ann/videos',
  '/v1/profiles/ann/decisions',
  '/v1/struggles',
  '/v1/features',
  '/v1/videos',
  '/v1/risks',
  '/v1/interventions',
  '/v1/quarantine',
  '/v1/processors/profiles/parked',
];

t.test('a person or thing nobody knows is a 404', async (t) => {
  for (const path of [...aboutPeople, ...things]) {
    t.match(await side.get(path('nobody')), { status: 404, body: { code: 'not-found', status: 404 } });
  }
  for (const path of aboutPeople) {
    t.equal((await side.get(`${path('ann')}?asOf=2020-01-01T00:00:00Z`)).status, 404, path('before'));
  }
});

t.test('hostile ids are a 400 or a 404', async (t) => {
  const hostile = [
    '%00',
    'a%00b',
    '%0a',
    '%',
    '%zz',
    '%c3%28',
    '%ed%a0%80',
    'x'.repeat(301),
    'x'.repeat(5000),
    '%F0%9F%98%80'.repeat(100),
    '..%2f..%2fetc',
    '__proto__',
    'constructor',
    '%E2%80%AE',
    "'%20OR%201=1",
    '{"$gt":""}',
  ];
  for (const path of [...aboutPeople, ...things]) {
    for (const id of hostile) {
      const { status } = await side.get(path(id));
      t.ok(status === 400 || status === 404, `${path(id).slice(0, 60)} is ${status}`);
    }
  }
});

t.test('every faulty parameter is named, and never repeated', async (t) => {
  const faults: [url: string, path: string, code: string | RegExp][] = [
    ['/v1/profiles?nope=1', 'nope', 'unknown-parameter'],
    ['/v1/profiles/ann?limit=1', 'limit', 'unknown-parameter'],
    ['/v1/profiles?limit=0', 'limit', /./],
    ['/v1/profiles?limit=501', 'limit', /./],
    ['/v1/profiles?limit=abc', 'limit', /./],
    ['/v1/profiles?limit=1.5', 'limit', /./],
    ['/v1/profiles?limit=1&limit=2', 'limit', /./],
    ['/v1/profiles?segment=secret', 'segment', 'invalid-value'],
    ['/v1/profiles?risk=low', 'risk', 'invalid-value'],
    ['/v1/profiles?sort=traits', 'sort', 'invalid-value'],
    ['/v1/profiles?asOf=2026-01-01T00:00:00Z', 'asOf', 'not-applicable'],
    ['/v1/profiles?anonymousId=v&risk=LOW', 'anonymousId', 'not-applicable'],
    ['/v1/profiles/ann?asOf=2026-03-02', 'asOf', /./],
    ['/v1/profiles/ann?asOf=2026-03-02T10:00:00', 'asOf', /./],
    ['/v1/profiles/ann?asOf=2026-02-30T10:00:00Z', 'asOf', /./],
    ['/v1/profiles/ann?asOf=2026-03-02T25:00:00Z', 'asOf', /./],
    ['/v1/profiles/ann?asOf=yesterday', 'asOf', /./],
    ['/v1/profiles/ann?asOf=', 'asOf', /./],
    ['/v1/profiles/ann?asOf=2026-03-02T10:00:00.001Z', 'asOf', 'in-the-future'],
    ['/v1/profiles/ann?asOf=9999-12-31T23:59:59Z', 'asOf', 'in-the-future'],
    ['/v1/profiles/ann?waitFor=soon', 'waitFor', /./],
    ['/v1/profiles/ann?waitFor=-1', 'waitFor', /./],
    ['/v1/struggles?from=2026-03-02T10:00:00Z&to=2026-03-02T10:00:00Z', 'to', 'not-after-from'],
    ['/v1/struggles?severity=worst', 'severity', 'invalid-value'],
    ['/v1/struggles?resolved=yes', 'resolved', 'invalid-value'],
    ['/v1/struggles?feature=', 'feature', /./],
    ['/v1/profiles/ann/journey?type=Everything', 'type', 'invalid-value'],
    ['/v1/metrics/nothing', 'name', 'invalid-value'],
    ['/v1/metrics/events?interval=year', 'interval', 'invalid-value'],
    ['/v1/metrics/events?groupBy=person', 'groupBy', 'invalid-value'],
    ['/v1/metrics/sessions?groupBy=type', 'groupBy', 'not-applicable'],
    ['/v1/metrics/events?groupBy=feature&interval=minute', 'groupBy', 'not-applicable'],
    ['/v1/metrics/events?interval=minute&from=2026-01-01T00:00:00Z', 'to', 'period-too-long'],
    ['/v1/metrics/events?from=0000-01-01T00:00:00Z', 'to', 'period-too-long'],
    ['/v1/accounting?from=2020-01-01T00:00:00Z', 'to', 'period-too-long'],
    ['/v1/processors?limit=1', 'limit', 'unknown-parameter'],
    ['/v1/interventions?status=lost', 'status', 'invalid-value'],
    ['/v1/quarantine?status=lost', 'status', 'invalid-value'],
  ];
  for (const [url, path, code] of faults) {
    const answer = await side.get(url);
    t.match(answer, { status: 400, body: { code: 'invalid-parameter', errors: [{ path, code }] } }, url);
    t.notMatch(JSON.stringify(answer.body), /secret|yesterday|ann/, url);
  }
});

t.test('a read that waits for what never comes says so', async (t) => {
  t.match(await side.get(`/v1/profiles/ann?waitFor=${neverRecorded}`), {
    status: 504,
    body: { code: 'read-model-behind' },
  });
  t.same(side.waits, [5000, 5000], 'the read models of profiles and of consents');
});

t.test('a key is needed, and one that reads', async (t) => {
  for (const url of [
    ...lists,
    '/v1/processors',
    '/v1/accounting',
    '/v1/metrics/events',
    '/v1/profiles/ann',
  ]) {
    t.equal((await side.get(url, 'wrong')).status, 401, url);
    t.equal((await side.get(url, 'write-default')).status, 403, url);
  }
  for (const url of ['/v1/processors/profiles/rebuild', '/v1/quarantine/x/replay']) {
    t.equal((await side.post(url, 'write-default')).status, 403, url);
  }
});

t.test('a cursor of another list, another filter or no list at all is refused', async (t) => {
  const journey = await side.get('/v1/profiles/ann/journey?limit=1');
  const cursor = journey.body.nextCursor;
  t.type(cursor, 'string');
  t.notMatch(Buffer.from(String(cursor), 'base64url').toString(), 'ann');
  for (const url of [
    `/v1/profiles/bob/journey?cursor=${cursor}`,
    `/v1/profiles/ann/journey?type=PageViewed&cursor=${cursor}`,
    `/v1/profiles/ann/sessions?cursor=${cursor}`,
    `/v1/struggles?cursor=${cursor}`,
    `/v1/struggles?cursor=${cursor}=`,
    '/v1/struggles?cursor=',
    '/v1/struggles?cursor=%00',
    '/v1/struggles?cursor=bnVsbA',
    '/v1/struggles?cursor=e30',
  ]) {
    t.match(await side.get(url), { status: 400, body: { code: 'invalid-cursor' } }, url);
  }
  t.equal((await side.get(`/v1/profiles/ann/journey?limit=7&cursor=${cursor}`)).status, 200, 'of any size');
});

t.test('a forged cursor never breaks a list', async () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  );
  for (const list of lists) {
    const first = await side.get(`${list}?limit=1`);
    if (first.body.nextCursor === null) continue;
    const { scope } = JSON.parse(Buffer.from(String(first.body.nextCursor), 'base64url').toString());
    await fc.assert(
      fc.asyncProperty(value, fc.string({ unit: 'binary', maxLength: 300 }), async (value, id) => {
        const forged = Buffer.from(JSON.stringify({ scope, value, id })).toString('base64url');
        const { status } = await side.get(`${list}?cursor=${forged}`);
        ok(status === 200 || status === 400, `${list} answers ${status}`);
      }),
      { numRuns: 25 },
    );
  }
});
