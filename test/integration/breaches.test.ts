import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { daysAgo, openRetentionSide } from '../support/retention.js';
import { testAdminToken } from '../support/serverProcess.js';

const url = '/v1/privacy/breaches';
const hour = 3_600_000;
const described = { description: 'A backup of the events was readable by others.' };

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * hour).toISOString();
}

async function open(t: Test) {
  const side = await openRetentionSide(t);
  return {
    ...side,
    caughtUp: () => side.waymark.application.processors.caughtUp(),
    async list(id: string, query = '') {
      const answer = await fetch(`${side.waymark.url}${url}/${id}/affected${query}`, {
        headers: { authorization: `Bearer ${testAdminToken}` },
      });
      t.match(answer.headers.get('content-type'), 'application/x-ndjson');
      const lines = (await answer.text()).trimEnd().split('\n');
      const parsed = lines.map((line) => JSON.parse(line) as { subject?: string; end?: true });
      const subjects = parsed.flatMap(({ subject }) => (subject === undefined ? [] : [subject]));
      return { subjects, lines: parsed, whole: parsed.at(-1)?.end === true };
    },
  };
}

t.test('from the record to the end, with what is due, the drafts and the audit trail', async (t) => {
  const { post, get, caughtUp } = await open(t);
  const recorded = await post(url, { awareAt: hoursAgo(71), ...described });
  t.match(recorded, { status: 201, body: { data: { status: 'open', overdue: false }, position: String } });
  const { breachId: id } = recorded.body.data as { breachId: string };
  const drafts = await get(`${url}/${id}/drafts`);
  t.match(drafts.body.data, {
    authority: { body: /not known yet/ },
    persons: { body: /A backup of the events/ },
    missing: ['natures', 'risk', 'categories', 'consequences', 'measures', 'contact', 'affected'],
  });
  const assessment = {
    ...described,
    natures: ['confidentiality'],
    risk: 'high',
    categories: 'learners; what they did',
    consequences: 'others could learn what they did',
    measures: 'the backup was withdrawn',
    contact: 'the privacy office',
  };
  t.match(await post(`${url}/${id}/assess`, assessment), { status: 200, body: { data: { assessment } } });
  t.match(await post(`${url}/${id}/count`), { status: 200, body: { data: { affected: { persons: 0 } } } });
  t.match((await get(`${url}/${id}/drafts`)).body.data, {
    authority: { body: /Likely consequences: others could learn/ },
    missing: [],
  });
  t.match(await post(`${url}/${id}/close`, { reason: 'notified', note: 'done' }), { status: 409 });
  await post(`${url}/${id}/authority-notification`, { notifiedAt: hoursAgo(1), reference: 'A-17' });
  await post(`${url}/${id}/persons-notification`, {
    ...{ channel: 'email', notifiedAt: hoursAgo(0), persons: 3, textHash: 'ab'.repeat(32) },
  });
  const closed = await post(`${url}/${id}/close`, { reason: 'notified', note: 'all were told' });
  t.match(closed, { status: 200, body: { data: { status: 'closed', closed: { reason: 'notified' } } } });
  const listed = await get(`${url}?status=closed&waitFor=${closed.body.position}`);
  t.match(listed.body.data, [
    { breachId: id, authority: { reference: 'A-17' }, notifications: { length: 1 } },
  ]);
  t.strictSame((await get(`${url}?status=open`)).body.data, []);
  await caughtUp();
  const entries = (await get('/v1/audit/entries?limit=500')).body.data as { type: string; actor: object }[];
  for (const type of ['breach-recorded.v1', 'authority-notified.v1', 'breach-closed.v1']) {
    t.ok(
      entries.some((entry) => entry.type === type && entry.actor !== null),
      type,
    );
  }
});

t.test('one that is due is visible in the list and in the metrics, most urgent first', async (t) => {
  const { post, get, waymark } = await open(t);
  await post(url, { awareAt: hoursAgo(10), ...described });
  const last = await post(url, { awareAt: hoursAgo(80), ...described });
  const { data } = (await get(`${url}?waitFor=${last.body.position}`)).body;
  t.match(data, [{ overdue: true }, { overdue: false }]);
  const metrics = await (await fetch(`${waymark.url}/metrics`)).text();
  t.match(metrics, /waymark_breaches_overdue \d/);
});

t.test(
  'the affected are found by time, type, feature and journey, each once, and naming them is audited',
  async (t) => {
    const { post, get, send, list, subjectOf, caughtUp } = await open(t);
    await send(
      { type: 'track', userId: 'ann', event: 'A', properties: { feature: 'quiz' }, timestamp: daysAgo(5) },
      { type: 'track', userId: 'ann', event: 'A', properties: { feature: 'quiz' }, timestamp: daysAgo(5) },
      { type: 'page', userId: 'bob', name: 'B', timestamp: daysAgo(5) },
      { type: 'page', userId: 'cid', name: 'C', timestamp: daysAgo(50) },
    );
    const found = async (scope: object) => {
      const { body, status } = await post(url, { awareAt: hoursAgo(1), ...described, scope });
      t.equal(status, 201, JSON.stringify(body));
      const { breachId } = body.data as { breachId: string };
      const counted = await post(`${url}/${breachId}/count`);
      const { subjects, whole } = await list(breachId);
      t.ok(whole);
      t.match(counted.body.data, { affected: { persons: subjects.length, scopeChanged: false } });
      return subjects.sort();
    };
    const of = (...names: string[]) => names.map(subjectOf).sort();
    t.strictSame(await found({}), of('ann', 'bob', 'cid'));
    t.strictSame(await found({ from: daysAgo(10) }), of('ann', 'bob'));
    t.strictSame(await found({ to: daysAgo(10) }), of('cid'));
    t.strictSame(await found({ eventTypes: ['ActionTracked'] }), of('ann'));
    t.strictSame(await found({ features: ['quiz'] }), of('ann'));
    t.strictSame(await found({ journeys: [subjectOf('bob')] }), of('bob'));
    t.strictSame(await found({ features: ['quiz'], to: daysAgo(10) }), []);
    const everyone = await post(url, { awareAt: hoursAgo(1), ...described });
    const { breachId: id } = everyone.body.data as { breachId: string };
    const named = await get(`${url}/${id}/affected?identities=maybe`);
    t.match(named, { status: 400 });
    const identities = await list(`${id}`, '?identities=true');
    t.match(
      identities.lines.find(({ subject }) => subject === subjectOf('ann')),
      { userId: 'ann', anonymousId: null },
    );
    await caughtUp();
    const reads = (await get(`/v1/audit/entries?subject=${subjectOf('ann')}`)).body.data;
    t.match(reads, [
      { action: 'listAffectedPersons', type: 'personal-data-read.v1' },
      { action: 'listAffectedPersons' },
    ]);
  },
);

t.test('nobody is named for a purpose that a person can refuse', async (t) => {
  const { post, send, waymark, get, subjectOf, caughtUp } = await open(t);
  await send({ type: 'page', userId: 'ann', name: 'A' });
  const recorded = await post(url, { awareAt: hoursAgo(1), ...described });
  const { breachId: id } = recorded.body.data as { breachId: string };
  const answered = (purpose: string, query: string) =>
    fetch(`${waymark.url}${url}/${id}/affected${query}`, {
      headers: { authorization: `Bearer ${testAdminToken}`, 'x-purpose': purpose },
    });
  for (const purpose of ['analytics', 'personalisation']) {
    const named = await answered(purpose, '?identities=true');
    t.equal(named.status, 403);
    const problem = await named.text();
    t.match(problem, '"purpose-not-allowed"');
    t.notMatch(problem, 'ann');
    t.equal((await answered(purpose, '')).status, 200, 'pseudonyms');
  }
  const named = await answered('legal', '?identities=true');
  t.match(await named.text(), '"userId":"ann"');
  await caughtUp();
  const reads = (await get(`/v1/audit/entries?subject=${subjectOf('ann')}`)).body.data as object[];
  t.match(reads[0], { action: 'listAffectedPersons', purpose: 'legal' });
});

t.test('sending again under an id of one’s own records once; what is wrong is refused', async (t) => {
  const { post, get } = await open(t);
  const breachId = randomUUID();
  const body = { breachId, awareAt: hoursAgo(1), ...described };
  const answers = await Promise.all([post(url, body), post(url, body), post(url, body)]);
  t.strictSame(
    answers.map(({ status }) => status),
    [201, 201, 201],
  );
  t.match((await get(`${url}?waitFor=${answers[0]?.body.position}`)).body.data, { length: 1 });
  t.match(await post(url, { ...body, description: 'another' }), { status: 409 });
  const faults: [object, string][] = [
    [{ ...body, awareAt: daysAgo(-1) }, 'awareAt'],
    [{ ...body, description: 'ada@example.org wrote to us' }, 'description'],
    [{ ...body, scope: { journeys: ['ada'] } }, 'scope.journeys.0'],
    [{ ...body, scope: { from: daysAgo(1), to: daysAgo(2) } }, 'to'],
    [{ ...body, risk: 'none' }, 'risk'],
    [{}, 'awareAt'],
  ];
  for (const [fault, path] of faults) {
    const answer = await post(url, fault);
    t.match(answer, { status: 400, body: { code: 'invalid-parameter' } }, path);
    t.ok(
      (answer.body.errors as { path: string }[]).some((error) => error.path === path),
      path,
    );
    t.notMatch(JSON.stringify(answer.body), 'ada@');
  }
  t.match(await get(`${url}/${randomUUID()}`), { status: 404 });
  t.match(await get(`${url}/x`), { status: 400 });
});
