import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

const write = { 'x-write-key': testWriteKey };
const admin = { authorization: `Bearer ${testAdminToken}` };
const text = { policyVersion: '2026-01', textHash: 'ab'.repeat(32) };
const analytics = { purpose: 'analytics' } as const;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function open(t: Test) {
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  async function call(
    method: 'GET' | 'POST',
    path: string,
    headers: object,
    body?: unknown,
  ): Promise<Answer> {
    const answer = await fetch(waymark.url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }
  return {
    waymark,
    get: (path: string) => call('GET', path, admin),
    post: (path: string, body: unknown, headers: object = write) => call('POST', path, headers, body),
    decide: (body: unknown) => call('POST', '/v1/consents', write, body),
    track: (about: object, headers: object = {}) =>
      call(
        'POST',
        '/v1/track',
        { ...write, ...headers },
        { event: 'Seen', messageId: randomUUID(), ...about },
      ),
  };
}

t.test('a decision is recorded, holds at once, and is shown with what proves it', async (t) => {
  const { get, decide, track } = await open(t);
  t.match(await track({ userId: 'ada' }), { body: { accepted: 1, suppressed: 0 } });
  const granted = await decide({ userId: 'ada', decision: 'grant', ...analytics, ...text, proof: 'form 7' });
  t.match(granted, { status: 200, body: { data: { recorded: 1 }, position: /^\d+$/ } });
  const withdrawn = await decide({ userId: 'ada', decision: 'withdraw', ...analytics, source: 'web-form' });
  const refused = await track({ userId: 'ada' });
  t.match(refused, { body: { accepted: 0, suppressed: 1, duplicates: 0 } });

  const shown = await get(`/v1/profiles/ada/consents?waitFor=${withdrawn.body.position}`);
  t.match(shown.body.data, {
    status: 'withdrawn',
    decisions: 2,
    standing: [
      { decision: 'withdrawn', purpose: 'analytics', channel: null, source: 'web-form', proof: null },
    ],
    history: [{ decision: 'withdrawn' }, { decision: 'granted', ...text, proof: 'form 7' }],
  });
  const profile = await get(`/v1/profiles/ada?waitFor=${withdrawn.body.position}`);
  t.match(profile.body.data, { userId: 'ada', consentStatus: 'withdrawn' });
  const accounting = await get(`/v1/accounting?waitFor=${refused.body.position}`);
  t.match(accounting.body.data, {
    received: 2,
    accepted: 1,
    suppressed: 1,
    suppressedByReason: { withdrawn: 1 },
  });

  await decide({ userId: 'ada', decision: 'grant', ...analytics, ...text });
  t.match(await track({ userId: 'ada' }), { body: { accepted: 1, suppressed: 0 } });
});

t.test('what stood at a past moment can be read, and a visitor by the anonymous id', async (t) => {
  const { get, decide } = await open(t);
  const person = { anonymousId: 'visitor' };
  const first = await decide({ ...person, decision: 'grant', ...analytics, ...text });
  const before = new Date().toISOString();
  while (new Date().toISOString() <= before);
  const second = await decide([
    { ...person, decision: 'withdraw', ...analytics },
    { ...person, decision: 'grant', purpose: 'marketing', channel: 'email', ...text },
    { ...person, decision: 'opt-out-of-sale' },
  ]);
  t.match([first, second], [{ status: 200 }, { status: 200, body: { data: { recorded: 3 } } }]);
  const url = '/v1/consents?anonymousId=visitor';
  t.match((await get(`${url}&waitFor=${second.body.position}`)).body.data, {
    status: 'partial',
    decisions: 4,
  });
  t.match((await get(`${url}&asOf=${before}`)).body.data, { status: 'granted', decisions: 1 });
  t.match((await get('/v1/profiles/nobody/consents')).body.data, {
    status: 'unknown',
    standing: [],
    decisions: 0,
  });
});

t.test('a restriction is set by an administrator, and refuses everything until it is lifted', async (t) => {
  const { get, post, track } = await open(t);
  const url = '/v1/profiles/ada/restriction';
  t.match(await post(url, { restricted: true }), { status: 401 }, 'not with a write key as header');
  const bearer = { authorization: `Bearer ${testWriteKey}` };
  t.match(await post(url, { restricted: true }, bearer), { status: 403 });
  const set = await post(url, { restricted: true, source: 'request' }, admin);
  t.match(set, { status: 200 });
  t.match(await track({ userId: 'ada' }), { body: { accepted: 0, suppressed: 1 } });
  t.match((await get(`/v1/profiles/ada/consents?waitFor=${set.body.position}`)).body.data, {
    status: 'restricted',
  });
  await post(url, { restricted: false, source: 'request' }, admin);
  t.match(await track({ userId: 'ada' }), { body: { accepted: 1 } });
  const named = await post(
    `${url.replace('ada', 'ada-lovelace')}`,
    { restricted: true, proof: 'ada-lovelace-7' },
    admin,
  );
  t.match(named, { status: 400, body: { errors: [{ path: 'proof', code: 'personal-value' }] } });
  t.match(await post(url, { restricted: 'yes' }, admin), {
    status: 400,
    body: { code: 'invalid-parameter' },
  });
});

t.test('Sec-GPC is recorded once as an opt-out of sale, and stops no analytics', async (t) => {
  const { get, decide, track } = await open(t);
  const signal = { 'sec-gpc': '1' };
  for (let sent = 0; sent < 3; sent++) {
    t.match(await track({ userId: 'ada' }, signal), { body: { accepted: 1 } });
  }
  const last = await track({ userId: 'ada', context: { gpc: true } });
  const read = async () => (await get(`/v1/profiles/ada/consents?waitFor=${last.body.position}`)).body.data;
  t.match(await read(), {
    status: 'unknown',
    decisions: 1,
    standing: [{ decision: 'sale-opted-out', source: 'gpc' }],
  });
  const allowed = await decide({ userId: 'ada', decision: 'allow-sale' });
  await track({ userId: 'ada' }, signal);
  const after = await get(`/v1/profiles/ada/consents?waitFor=${allowed.body.position}`);
  t.match(after.body.data, { decisions: 2, standing: [{ decision: 'sale-allowed' }] });
  t.match(await track({ userId: 'bob' }, { 'sec-gpc': '0' }), { body: { accepted: 1 } });
  t.match((await get('/v1/profiles/bob/consents')).body.data, { decisions: 0 });
});

t.test('the key comes as ingestion takes it; any page may send', async (t) => {
  const { waymark, post, decide } = await open(t);
  const body = { userId: 'ada', decision: 'withdraw', ...analytics };
  t.match(await post('/v1/consents', body, {}), { status: 401 });
  t.match(await post('/v1/consents', { ...body, writeKey: testWriteKey }, {}), { status: 200 });
  t.match(await post('/v1/consents', body, admin), { status: 403 });
  const beacon = await fetch(`${waymark.url}/v1/consents`, {
    method: 'POST',
    headers: { ...write, origin: 'https://shop.example' },
    body: JSON.stringify(body),
  });
  t.equal(beacon.status, 200, 'as text/plain');
  t.equal(beacon.headers.get('access-control-allow-origin'), '*');
  t.match(await decide({ ...body, userId: 7 }), { status: 200 }, 'a number is an id, as in events');
});

t.test('what is no decision is refused whole, and says why', async (t) => {
  const { get, decide } = await open(t);
  const good = { userId: 'ada', decision: 'withdraw', ...analytics };
  const hostile = [
    [],
    null,
    'withdraw',
    {},
    { ...good, decision: 'forget' },
    { ...good, purpose: 'everything' },
    { ...good, channel: 'pigeon' },
    { userId: 'ada', decision: 'withdraw', purpose: 'email', channel: 'email' },
    { userId: 'ada', decision: 'grant', ...analytics },
    { userId: 'ada', decision: 'grant', ...analytics, ...text, textHash: 'AB' },
    { userId: 'ada', decision: 'opt-out-of-sale', ...analytics },
    { ...good, anonymousId: 'both' },
    { decision: 'withdraw', ...analytics },
    { ...good, userId: 'a\u0000b' },
    { ...good, userId: '' },
    { ...good, userId: 'x'.repeat(257) },
    { ...good, proof: 'x'.repeat(257) },
    { ...good, proof: 'a\u0000b' },
    { ...good, userId: 'ada-lovelace', proof: 'forms/ada-lovelace/7' },
    { ...good, policyVersion: '\ud800' },
    { ...good, policyVersion: 'agreed with ada@example.org' },
    { ...good, decidedAt: '2026-01-31T09:00:00' },
    { ...good, decidedAt: '9999-01-01T00:00:00Z' },
    { ...good, more: true },
    [good, { ...good, decision: 'forget' }],
    Array.from({ length: 101 }, () => good),
  ];
  for (const body of hostile) {
    const { status, body: problem } = await decide(body);
    t.match(
      { status, problem },
      { status: 400, problem: { code: 'invalid-parameter' } },
      JSON.stringify(body),
    );
  }
  t.match(await decide('x'.repeat(70_000)), { status: 413 });
  t.match((await get('/v1/profiles/ada/consents')).body.data, { decisions: 0 }, 'nothing was recorded');
});

t.test('decisions survive a restart', async (t) => {
  const folder = testFolder(t);
  const body = JSON.stringify({ userId: 'ada', decision: 'withdraw', ...analytics });
  const first = await startTestWaymark(folder);
  await fetch(`${first.url}/v1/consents`, { method: 'POST', headers: write, body });
  await first.stop();
  const second = await startTestWaymark(folder);
  t.teardown(() => second.stop());
  const event = JSON.stringify({ event: 'Seen', userId: 'ada' });
  const tracked = await fetch(`${second.url}/v1/track`, { method: 'POST', headers: write, body: event });
  t.match(await tracked.json(), { accepted: 0, suppressed: 1 });
});
