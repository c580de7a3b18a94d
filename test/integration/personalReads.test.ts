import t, { type Test } from 'tap';
import { sealedPrefix } from '../../src/domain/privacy/detection.js';
import { plant, plantedEvents } from '../support/plantedPerson.js';
import { openReadSide, startOfTest } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

async function openPlanted(t: Test, options: Parameters<typeof openReadSide>[1] = {}) {
  const side = await openReadSide(testFolder(t), options);
  t.teardown(side.close);
  const ann = side.subjectOf('default', 'user', 'ann');
  await plant(side.eventStore, ann, plantedEvents(ann, startOfTest), startOfTest);
  await side.caughtUp();
  const read = async (url: string, role: string, headers: Record<string, string> = {}) => {
    const answer = await side.app.inject({
      url,
      headers: { authorization: `Bearer ${role}-default`, ...headers },
    });
    return { status: answer.statusCode, text: answer.body, body: answer.json(), headers: answer.headers };
  };
  return { side, ann, read, session: `${ann}.1` };
}

const forSupport = { 'x-purpose': 'customer-support', 'x-ticket': 'HELP-4711' };

t.test('an administrator reads opened values, an analyst masked ones and where', async (t) => {
  const { side, ann, read } = await openPlanted(t);
  const opened = await read('/v1/profiles/ann', 'administrator');
  t.match(opened, {
    status: 200,
    body: {
      data: {
        userId: 'planted-user-id',
        traits: { email: 'planted@example.com', plan: 'pro', friends: ['planted-friend'] },
      },
    },
  });
  t.notOk('masked' in opened.body);
  const masked = await read('/v1/profiles/ann', 'analyst');
  t.match(masked, {
    status: 200,
    body: {
      data: { userId: null, traits: { email: null, plan: 'pro', friends: [null] } },
      masked: ['userId', 'traits.email', 'traits.friends[]'],
    },
  });
  t.match(side.personal.accesses, [
    {
      tenantId: 'default',
      actor: { keyId: 'administrator', role: 'administrator' },
      action: 'getProfile',
      purpose: 'operation',
      subjects: [ann],
      opened: true,
      correlationId: opened.headers['x-request-id'],
    },
    {
      actor: { role: 'analyst' },
      action: 'getProfile',
      purpose: 'analytics',
      subjects: [ann],
      opened: false,
    },
  ]);
  t.notMatch(JSON.stringify(side.personal.accesses), /planted|sealed:/);
});

t.test('no answer holds sealed text: personal routes open or mask it, the others hold none', async (t) => {
  const { side, read, session } = await openPlanted(t);
  const about = ['', '/journey', '/sessions', '/struggles', '/videos', '/risk', '/decisions'];
  const personal = [
    ...about.map((rest) => `/v1/profiles/ann${rest}`),
    ...['/v1/profiles', '/v1/risks', '/v1/struggles', '/v1/interventions', `/v1/sessions/${session}`],
    ...['/api/events/user/ann/insights', '/v1/profiles/ann?asOf=2026-03-02T10:00:00Z'],
  ];
  const others = [
    ...['/v1/features', '/v1/features/essay', '/v1/videos', '/v1/accounting', '/v1/processors'],
    ...['events', 'activeUsers', 'sessions', 'struggles'].map((name) => `/v1/metrics/${name}`),
    '/v1/metrics/events?groupBy=type',
  ];
  side.clock.now += 1000;
  for (const url of [...personal, ...others]) {
    for (const role of ['administrator', 'analyst', 'service']) {
      const { status, text } = await read(url, role);
      t.equal(status, 200, `${role} ${url}: ${text}`);
      t.notMatch(text, /sealed:v1/, `${role} ${url}`);
      if (role !== 'administrator' || others.includes(url)) t.notMatch(text, /planted/, `${role} ${url}`);
    }
  }
  t.match((await read('/v1/profiles/ann/journey', 'administrator')).text, /planted-note/);
  t.match((await read('/v1/profiles/ann/journey', 'analyst')).body, {
    masked: ['messageId', 'causationId', 'data.identity', 'data.anonymousId', 'data.ip', 'data.traits.email'],
  });
});

t.test('support reads one person, with purpose and ticket, and no list', async (t) => {
  const { side, ann, read, session } = await openPlanted(t);
  t.match(await read('/v1/profiles/ann', 'support'), {
    status: 400,
    body: { code: 'invalid-parameter', errors: [{ path: 'x-purpose' }, { path: 'x-ticket' }] },
  });
  const telling = { ...forSupport, 'x-ticket': 'about-ann-smith' };
  t.match(await read('/v1/profiles/ann-smith', 'support', telling), {
    status: 400,
    body: { code: 'invalid-parameter', errors: [{ path: 'x-ticket' }] },
  });
  t.equal((await read('/v1/profiles', 'support', forSupport)).status, 403);
  t.strictSame(side.personal.accesses, []);
  t.match(await read(`/v1/sessions/${session}`, 'support', forSupport), {
    status: 200,
    body: { data: { userId: 'planted-user-id' } },
  });
  t.match(side.personal.accesses, [
    { purpose: 'customer-support', ticket: 'HELP-4711', action: 'getSession', subjects: [ann], opened: true },
  ]);
});

t.test('a purpose that the person refused is refused, on every way to that one person', async (t) => {
  let analyses = 0;
  const { side, ann, read, session } = await openPlanted(t, {
    async analyse() {
      analyses += 1;
      return { analysed: null, reason: 'no-model' };
    },
  });
  side.personal.refused.add(`${ann} analytics`);
  t.equal((await read('/api/events/user/ann/insights', 'analyst')).status, 403);
  t.equal(analyses, 0, 'refused before a model could be asked');
  const ways = ['/v1/profiles/ann', '/v1/profiles/ann/struggles', `/v1/sessions/${session}`];
  for (const url of [...ways, '/v1/interventions?userId=ann', '/api/events/user/ann/insights']) {
    const refused = await read(url, 'analyst');
    t.match(refused, { status: 403, body: { code: 'purpose-not-allowed' } }, url);
    t.notMatch(refused.text, /planted|sealed:/);
    t.equal((await read(url, 'analyst', { 'x-purpose': 'legal' })).status, 200, url);
    t.equal((await read(url, 'service')).status, 200, `${url}: personalisation was not refused`);
  }
  t.equal((await read('/v1/profiles/nobody', 'analyst')).status, 404);
});

t.test('keys out of reach are a 503; who sees no personal values reads on', async (t) => {
  const { side, read } = await openPlanted(t);
  side.personal.state.isDown = true;
  const refused = await read('/v1/profiles/ann', 'administrator');
  t.match(refused, { status: 503, body: { code: 'key-store-unavailable' }, headers: { 'retry-after': '5' } });
  t.notMatch(refused.text, /planted|sealed:/);
  t.strictSame(side.personal.accesses, []);
  t.equal((await read('/v1/profiles/ann', 'analyst')).status, 200);
  t.equal((await read('/v1/features', 'administrator')).status, 200);
});

t.test('a destroyed person is empty for everybody, and stays a person', async (t) => {
  const { side, ann, read } = await openPlanted(t);
  side.personal.destroyed.add(ann);
  const { status, body } = await read('/v1/profiles/ann', 'administrator');
  t.equal(status, 200);
  t.match(body, { data: { userId: null, traits: { email: null, plan: 'pro' } } });
  t.notOk('masked' in body);
});

t.test('a list read for a purpose leaves out who refused it; other purposes see everybody', async (t) => {
  const { side, ann, read } = await openPlanted(t);
  const bob = side.subjectOf('default', 'user', 'bob');
  await plant(side.eventStore, bob, plantedEvents(bob, startOfTest), startOfTest);
  await side.caughtUp();
  const entries = async (url: string, role: string, headers = {}) =>
    (await read(url, role, headers)).body.data as unknown[];
  for (const url of ['/v1/profiles', '/v1/risks', '/v1/struggles']) {
    const before = (await entries(url, 'analyst')).length;
    side.personal.refused.add(`${ann} analytics`);
    const after = (await entries(url, 'analyst')).length;
    t.ok(after > 0 && after < before, `${url}: ${before} entries, then ${after}`);
    t.equal((await entries(url, 'administrator')).length, before, `${url} for operation`);
    t.equal(
      (await entries(url, 'analyst', { 'x-purpose': 'security' })).length,
      before,
      `${url} for security`,
    );
    side.personal.refused.clear();
  }
});

t.test("of a model's analysis an analyst sees the levels and none of its words", async (t) => {
  const words = `${sealedPrefix}words`;
  const findings = {
    intent: { summary: words, confidence: 0.5 },
    engagement: { level: 'medium', trend: 'steady', summary: words },
    riskFactors: [{ factor: words, severity: 'high' }],
    personalisation: {
      interactionStyle: 'guided',
      contentComplexity: 'simple',
      tone: 'gentle',
      advice: words,
    },
    nextBestActions: [{ action: words, reason: words }],
  } as const;
  const use = { promptVersion: 1, inputTokens: 1, outputTokens: 1, microUsd: null, latency: 1, turns: 1 };
  const { read } = await openPlanted(t, {
    analyse: async ({ subject, journeyVersion }) => ({
      analysed: {
        ...{ subject, journeyVersion, at: startOfTest, findings, disclosed: [], fallbackReason: null },
        attempts: [{ ...use, provider: 'openai', model: 'm', outcome: 'analysed', reason: null }],
      },
      reason: null,
    }),
  });
  const { body } = await read('/api/events/user/ann/insights', 'analyst');
  t.match(body.data.contextAnalysis, {
    ...{ source: 'model', model: 'openai:m', engagement: { level: 'medium', summary: null } },
    riskFactors: [{ factor: null, severity: 'high' }],
    nextBestActions: [{ action: null, reason: null }],
  });
  t.ok(body.masked.includes('contextAnalysis.nextBestActions[].action'));
});
