import t, { type Test } from 'tap';
import { interventionIdFor } from '../../src/domain/intervention/streamName.js';
import { asProposed, decided } from '../support/helpEvents.js';
import { dataOf, openReadSide, type ReadSide, type SentMessage, startOfTest } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

const minute = 60_000;

async function open(t: Test): Promise<ReadSide> {
  const side = await openReadSide(testFolder(t));
  t.teardown(() => side.close());
  return side;
}

function fails(userId: string, feature: string): SentMessage[] {
  const failed = { userId, name: 'Task Failed', properties: { feature, error: 'E1' } };
  return [failed, failed, failed];
}

/** Help for a person's first struggle, delivered; the struggle is named as the journey names it. */
async function help(side: ReadSide, userId: string) {
  const [struggle] = dataOf(await side.get(`/v1/profiles/${userId}/struggles`));
  const struggleId = String(struggle?.id);
  const about = {
    interventionId: interventionIdFor(struggleId, 'in-app-help'),
    subject: side.subjectOf('default', 'user', userId),
  };
  await side.intervene({
    type: 'InterventionProposed',
    data: {
      ...about,
      ...asProposed,
      strategy: 'in-app-help',
      struggleId,
      featureId: 'quiz',
      signalType: 'error_pattern',
      severity: 'low',
      channel: 'in_app',
      language: 'en',
      title: 'Stuck?',
      body: 'Try this.',
      author: { kind: 'template', name: 'quiz', version: 1 },
      expiresAt: side.clock.now + 60 * minute,
    },
  });
  await side.intervene({ type: 'InterventionDelivered', data: { ...about, channel: 'in_app' } });
  await side.caughtUp();
  return about;
}

t.test('what was sent can be read at once with waitFor, in all its forms', async (t) => {
  const side = await open(t);
  const { position } = await side.send([
    { userId: 'ann', kind: 'identify', traits: { plan: 'pro' } },
    { userId: 'ann', kind: 'page', name: 'Home' },
    ...fails('ann', 'quiz'),
    {
      userId: 'ann',
      name: 'Video Playback Started',
      properties: { asset_id: 'intro', position: 0, total_length: 60 },
    },
  ]);
  const get = (path: string) => side.get(`${path}${path.includes('?') ? '&' : '?'}waitFor=${position}`);

  const profile = await get('/v1/profiles/ann');
  t.match(profile, { status: 200, body: { data: { userId: 'ann', traits: { plan: 'pro' } } } });
  t.ok(BigInt(String(profile.body.position)) >= BigInt(position ?? 0));
  const struggles = await get('/v1/struggles?feature=quiz&resolved=false');
  t.match(dataOf(struggles)[0], { userId: 'ann', featureId: 'quiz', resolved: false });
  t.same(dataOf(await get('/v1/profiles/ann/struggles')), dataOf(struggles));
  t.match(await get('/v1/features/quiz'), { body: { data: { failures: 3, users: 1, struggleRate: 1 } } });
  t.match(await get('/v1/videos/intro'), { body: { data: { views: 1, duration: 60_000 } } });
  t.match(dataOf(await get('/v1/profiles/ann/videos')), [{ userId: 'ann', videoId: 'intro' }]);
  const [session] = dataOf(await get('/v1/profiles/ann/sessions'));
  t.match(session, { userId: 'ann', endTime: null, eventCount: 6, metadata: { entryPage: 'Home' } });
  t.same((await get(`/v1/sessions/${session?.sessionId}`)).body.data, session);
  t.match(await get('/v1/profiles/ann/risk'), { body: { data: { userId: 'ann', exitRiskLevel: String } } });
  const insights = await get('/api/events/user/ann/insights');
  t.match(insights.body.data, { userId: 'ann', profile: { userId: 'ann' }, struggleSignals: [{}] });
  t.match((insights.body.data as { recommendations: [] }).recommendations, [
    { action: String, reason: /\w/ },
  ]);
  t.match(await get('/v1/accounting'), { body: { data: { received: 6, accepted: 6 } } });
  const metric = await get('/v1/metrics/events?interval=minute&groupBy=type');
  t.match(metric.body.data, { series: [{ points: [] }] });
  t.match(dataOf(await get('/v1/quarantine')), []);
});

t.test('a journey is read in the order of what happened, over linked journeys, page by page', async (t) => {
  const side = await open(t);
  const at = (index: number) => startOfTest - 20 * minute + index * minute;
  const visit = (index: number, who: object) => ({
    kind: 'page' as const,
    name: `page ${index}`,
    occurredAt: at(index),
    ...who,
  });
  await side.send([visit(1, { anonymousId: 'v' }), visit(4, { anonymousId: 'v' })]);
  await side.send([visit(2, { userId: 'ann' }), visit(5, { userId: 'ann' })]);
  await side.send([{ kind: 'identify', userId: 'ann', anonymousId: 'v', occurredAt: at(6) }]);
  await side.send([visit(3, { anonymousId: 'v' })]);
  await side.caughtUp();

  const pages: unknown[] = [];
  let cursor = '';
  do {
    const answer = await side.get(`/v1/profiles/ann/journey?type=PageViewed&limit=2${cursor}`);
    t.ok(dataOf(answer).length <= 2);
    pages.push(...dataOf(answer).map(({ data }) => (data as { name: string }).name));
    cursor = answer.body.nextCursor === null ? '' : `&cursor=${answer.body.nextCursor}`;
  } while (cursor !== '');
  t.same(pages, ['page 1', 'page 2', 'page 3', 'page 4', 'page 5']);

  const some = await side.get(
    `/v1/profiles/ann/journey?type=PageViewed&from=${new Date(at(2)).toISOString()}&to=${new Date(at(4)).toISOString()}`,
  );
  t.same(
    dataOf(some).map(({ occurredAt }) => occurredAt),
    [at(2), at(3)].map((time) => new Date(time).toISOString()),
  );
  const all = dataOf(await side.get('/v1/profiles/ann/journey?limit=500'));
  t.ok(all.some(({ type, origin }) => type === 'SessionStarted' && origin === 'concluded'));
  t.equal(dataOf(await side.get('/v1/profiles/ann/sessions')).length > 1, true, 'sessions of both journeys');
  t.match(dataOf(await side.get('/v1/profiles?anonymousId=v')), [{ userId: 'ann' }]);
  t.same(dataOf(await side.get('/v1/profiles?anonymousId=nobody')), []);
});

t.test('lists can be filtered and sorted', async (t) => {
  const side = await open(t);
  await side.send([...fails('ann', 'quiz'), { userId: 'bob', kind: 'page', name: 'Home' }]);
  side.clock.now += minute;
  await side.send([
    ...fails('cid', 'essay'),
    { userId: 'cid', name: 'Task Completed', properties: { feature: 'essay' } },
  ]);
  await side.caughtUp();
  const users = async (url: string) => dataOf(await side.get(url)).map(({ userId }) => userId);

  t.same(await users('/v1/profiles?sort=-lastActiveAt&limit=1'), ['cid']);
  t.same(await users('/v1/profiles?sort=-createdAt&segment=churned'), []);
  t.same((await users('/v1/profiles?segment=new_user&stage=onboarding')).length, 3);
  const scores = dataOf(await side.get('/v1/risks')).map(({ exitRiskScore }) => Number(exitRiskScore));
  t.same(
    scores,
    [...scores].sort((a, b) => b - a),
  );
  for (const level of ['LOW', 'MEDIUM', 'HIGH']) {
    const found = dataOf(await side.get(`/v1/risks?level=${level}`));
    t.ok(found.every(({ exitRiskLevel }) => exitRiskLevel === level));
  }
  t.same(new Set(await users('/v1/struggles?feature=quiz')), new Set(['ann']));
  t.same(new Set(await users('/v1/struggles?resolved=true')), new Set(['cid']));
  const later = new Date(side.clock.now).toISOString();
  t.same(new Set(await users(`/v1/struggles?from=${later}`)), new Set(['cid']));
  t.same(new Set(await users(`/v1/struggles?to=${later}`)), new Set(['ann']));
  t.same(await users('/v1/struggles?severity=critical'), []);
});

t.test('help and the decisions behind it are shown with the reason in words', async (t) => {
  const side = await open(t);
  await side.send(fails('ann', 'quiz'));
  await side.caughtUp();
  const { interventionId, subject } = await help(side, 'ann');
  const [first] = dataOf(await side.get('/v1/profiles/ann/struggles'));
  await side.intervene({
    type: 'InterventionDeclined',
    data: {
      ...decided,
      interventionId: `${first?.id}.other`,
      subject,
      strategy: 'other',
      struggleId: String(first?.id),
      featureId: 'quiz',
      signalType: 'error_pattern',
      severity: 'low',
      reason: 'cooldown',
    },
  });
  await side.caughtUp();

  t.match(await side.get(`/v1/interventions/${interventionId}`), {
    body: { data: { userId: 'ann', status: 'delivered', title: 'Stuck?', seenAt: null, writing: null } },
  });
  const decisions = dataOf(await side.get('/v1/profiles/ann/decisions'));
  t.same(decisions.map(({ outcome }) => outcome).sort(), ['declined', 'proposed']);
  t.match(
    decisions.find(({ outcome }) => outcome === 'declined'),
    { reasonCode: 'cooldown', reason: /short while ago/ },
  );
  t.match(
    decisions.find(({ outcome }) => outcome === 'proposed'),
    { reasonCode: null, reason: /quiz/ },
  );
  t.equal(dataOf(await side.get('/v1/interventions?userId=ann')).length, 2);
  t.equal(dataOf(await side.get('/v1/interventions?userId=ann&status=declined')).length, 1);
  t.equal(dataOf(await side.get('/v1/interventions?status=delivered')).length, 1);
  t.same(dataOf(await side.get('/v1/interventions?userId=nobody')), []);
});

t.test('nothing of another tenant is seen, and its ids are not known', async (t) => {
  const side = await open(t);
  await side.send(fails('ann', 'quiz'));
  await side.caughtUp();
  const { interventionId } = await help(side, 'ann');
  const [session] = dataOf(await side.get('/v1/profiles/ann/sessions'));
  for (const path of [
    '/v1/profiles/ann',
    '/v1/profiles/ann/journey',
    '/v1/profiles/ann/risk',
    '/v1/profiles/ann/sessions?asOf=2026-03-02T10:00:00Z',
    `/v1/sessions/${session?.sessionId}`,
    '/v1/features/quiz',
    `/v1/interventions/${interventionId}`,
    '/api/events/user/ann/insights',
  ]) {
    t.equal((await side.get(path)).status, 200, path);
    t.match(await side.get(path, 'admin-other'), { status: 404, body: { code: 'not-found' } }, path);
  }
  for (const list of ['profiles', 'struggles', 'features', 'risks', 'interventions', 'quarantine']) {
    t.same(dataOf(await side.get(`/v1/${list}`, 'admin-other')), [], list);
  }
  const page = await side.get('/v1/struggles?limit=1');
  t.type(page.body.nextCursor, 'string');
  t.match(await side.get(`/v1/struggles?cursor=${page.body.nextCursor}`, 'admin-other'), {
    status: 400,
    body: { code: 'invalid-cursor' },
  });
});

t.test('rejected messages are shown and can be sent again, once', async (t) => {
  const replayed: string[] = [];
  const side = await openReadSide(testFolder(t), {
    async replay({ tenantId, message }) {
      replayed.push(`${tenantId} ${message.payload}`);
      return { accepted: false, rejection: { code: 'invalid-event', message: 'still' }, position: null };
    },
  });
  t.teardown(() => side.close());
  await side.send([], {
    rejected: [
      { index: 0, messageId: 'm1', code: 'invalid-event', message: 'Name the event.', payload: '{"a":1}' },
    ],
  });
  await side.caughtUp();
  const [message] = dataOf(await side.get('/v1/quarantine?status=quarantined&code=invalid-event'));
  t.match(message, { messageId: 'm1', code: 'invalid-event', payload: '{"a":1}', replayedAt: null });
  t.match(await side.post(`/v1/quarantine/${message?.id}/replay`), {
    status: 200,
    body: { data: { accepted: false, rejection: { code: 'invalid-event' } } },
  });
  t.same(replayed, ['default {"a":1}']);
  t.equal((await side.post(`/v1/quarantine/${message?.id}/replay`, 'admin-other')).status, 404);
  t.equal((await side.post('/v1/quarantine/none/replay')).status, 404);
  t.match(await side.get('/v1/accounting'), {
    body: { data: { received: 1, rejected: 1, rejectedByCode: { 'invalid-event': 1 } } },
  });
});

t.test('processors are shown and can be rebuilt', async (t) => {
  const side = await open(t);
  await side.send(fails('ann', 'quiz'));
  await side.caughtUp();
  const before = await side.get('/v1/profiles/ann');
  t.match(await side.post('/v1/processors/profiles/rebuild'), {
    status: 202,
    body: { data: { name: 'profiles' } },
  });
  await side.caughtUp();
  t.same((await side.get('/v1/profiles/ann')).body.data, before.body.data);
  const processors = dataOf(await side.get('/v1/processors'));
  t.match(
    processors.find(({ name }) => name === 'profiles'),
    { kind: 'projection', state: 'running', parked: 0 },
  );
  t.same(dataOf(await side.get('/v1/processors/profiles/parked')), []);
  for (const path of ['nothing/rebuild', 'nothing/parked/1/retry', 'profiles/parked/1/retry']) {
    t.match(await side.post(`/v1/processors/${path}`), { status: 404, body: { code: 'not-found' } }, path);
  }
  t.equal((await side.get('/v1/processors/nothing/parked')).status, 404);
});
