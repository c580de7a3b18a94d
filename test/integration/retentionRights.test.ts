import t from 'tap';
import { liveReader } from '../../src/queries/documentReader.js';
import { createPersonExport } from '../../src/queries/personExport/personExport.js';
import { withoutPastEvents } from '../../src/queries/presentEvents.js';
import { eraseByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { bytesOf, parsedLines, testSigningKey, unpacked } from '../support/exports.js';
import { runProgram } from '../support/programRun.js';
import { daysAgo, openRetentionSide } from '../support/retention.js';
import { testFolder } from '../support/testFolder.js';

const ada = { userId: 'ada-lovelace' };
const visitor = { anonymousId: 'visitor-of-ada' };

t.test('an erasure takes a visitor along whose first events are past their period', async (t) => {
  const side = await openRetentionSide(t);
  const { application, url } = side.waymark;
  await side.send(
    { type: 'page', ...visitor, name: 'Old Page', timestamp: daysAgo(90) },
    { type: 'identify', ...ada, ...visitor, traits: { email: 'ada@example.org' }, timestamp: daysAgo(89) },
    { type: 'page', ...visitor, name: 'New Page', timestamp: daysAgo(3) },
    { type: 'track', ...ada, event: 'New Thing', timestamp: daysAgo(3) },
  );
  await side.keepFor({ activity: 30 });
  await side.round();
  const requestId = await eraseByRequest(url, ada.userId);
  t.equal(await requestConcluded(url, requestId), 'completed');
  const { result } = (await requestOf(url, requestId)) as { result: { receipt: string } };
  const { statement } = JSON.parse(result.receipt) as { statement: { subjects: string[] } };
  const own = [
    application.subjectOf('default', 'user', ada.userId),
    application.subjectOf('default', 'anonymous', visitor.anonymousId),
  ];
  t.strictSame(statement.subjects.sort(), own.sort());
  t.match(await side.send({ type: 'page', ...visitor, name: 'Later' }), { accepted: 0, suppressed: 1 });
});

for (const who of ['the visitor', 'both'] as const) {
  t.test(`an erasure destroys the key of a visitor after ${who} came to their end`, async (t) => {
    const side = await openRetentionSide(t);
    const { application, url, stores } = side.waymark;
    const visitorSubject = application.subjectOf('default', 'anonymous', visitor.anonymousId);
    await side.send(
      { type: 'page', ...visitor, name: 'Old Page', timestamp: daysAgo(90) },
      { type: 'identify', ...ada, ...visitor, traits: { email: 'ada@example.org' }, timestamp: daysAgo(89) },
      { type: 'track', ...ada, event: 'New Thing', timestamp: daysAgo(3) },
    );
    await side.keepFor({ activity: 30 });
    await side.round();
    if (who === 'both') {
      await side.round(40);
      await side.round(42);
    }
    t.match(await side.get(`/v1/profiles/${ada.userId}`), { status: who === 'both' ? 404 : 200 });
    await side.rebuilt('profiles');
    t.match(await stores.keyStore.find('default', visitorSubject), { is: 'active' });
    const requestId = await eraseByRequest(url, ada.userId);
    t.equal(await requestConcluded(url, requestId), 'completed');
    t.match(await stores.keyStore.find('default', visitorSubject), { is: 'destroyed' });
  });
}

t.test('a device that another person took over after its journey ended goes with either', async (t) => {
  const eve = { userId: 'eve-lovelace' };
  const side = await openRetentionSide(t);
  const { application, url, stores } = side.waymark;
  await side.send(
    { type: 'page', ...visitor, name: 'Old Page', timestamp: daysAgo(90) },
    { type: 'identify', ...ada, ...visitor, timestamp: daysAgo(89) },
  );
  await side.keepFor({ activity: 30 });
  await side.round();
  await side.round(1.1);
  await side.send(
    { type: 'page', ...visitor, name: 'Page of Eve' },
    { type: 'identify', ...eve, ...visitor },
  );
  t.match(JSON.stringify((await side.get(`/v1/profiles/${eve.userId}/journey`)).body), 'Page of Eve');
  t.equal(await requestConcluded(url, await eraseByRequest(url, ada.userId)), 'completed');
  const find = (kind: 'user' | 'anonymous', id: string) =>
    stores.keyStore.find('default', application.subjectOf('default', kind, id));
  t.match(await find('anonymous', visitor.anonymousId), { is: 'destroyed' });
  t.match(await find('user', eve.userId), { is: 'active' }, 'nobody else is erased');
});

t.test('what was recorded late is not shown once its period is over, as of no moment', async (t) => {
  const side = await openRetentionSide(t);
  await side.send({ type: 'track', ...ada, event: 'New Thing', timestamp: daysAgo(2) });
  await side.send({
    type: 'track',
    ...ada,
    event: 'Imported Thing',
    timestamp: daysAgo(700),
    properties: { videoId: 'v', action: 'play' },
  });
  const asOf = new Date().toISOString();
  await side.keepFor({ activity: 30 });
  await side.round();
  for (const query of ['?limit=500', `?limit=500&asOf=${asOf}`]) {
    const { body, status } = await side.get(`/v1/profiles/${ada.userId}/journey${query}`);
    t.equal(status, 200);
    t.match(JSON.stringify(body), 'New Thing', query);
    t.notMatch(JSON.stringify(body), 'Imported Thing', query);
    const sessions = await side.get(`/v1/profiles/${ada.userId}/sessions${query}`);
    t.match(sessions.body, { data: { length: 1 } }, query);
  }
});

t.test('an export that is made during a round holds nothing past its period and is whole', async (t) => {
  const folder = testFolder(t, { data: {}, before: {}, during: {} });
  const side = await openRetentionSide(t, `${folder}/data`);
  const { application, stores } = side.waymark;
  for (const [name, days] of [
    ['Old', 90],
    ['New', 2],
  ] as const) {
    const events = Array.from({ length: 400 }, (_, at) => ({
      ...{ type: 'track', ...ada, event: `${name} Thing ${at}`, timestamp: daysAgo(days) },
    }));
    await side.send(...events);
  }
  await side.keepFor({ activity: 30 });
  // The round is recorded and nothing is removed yet.
  await side.round(0, AbortSignal.abort());
  t.match((await side.get('/v1/privacy/retention')).body.data, { running: { roundId: String } });
  const create = createPersonExport({
    eventStore: withoutPastEvents(
      stores.eventStore,
      (tenantId) => application.retentionRounds.of(tenantId).cutoffs,
    ),
    documents: liveReader(stores.documentStore, application.processors),
    openSealed: application.openSealed,
    signingKey: testSigningKey(),
    now: Date.now,
  });
  const about = { tenantId: 'default', exportId: 'e-1', requestId: null, kind: 'access' } as const;
  const pieces = () => create({ ...about, subjects: [side.subjectOf(ada.userId)] }, () => undefined);
  function isWhole(archive: Buffer, when: string) {
    const files = unpacked(`${folder}/${when}`, archive);
    const observed = parsedLines(files.get('observed.jsonl'));
    t.equal(observed.filter((line) => JSON.stringify(line).includes('New Thing')).length, 400, when);
    for (const [name, text] of files) t.notMatch(text, 'Old Thing', `${when}: ${name}`);
  }
  isWhole(await bytesOf(pieces()), 'before');
  async function* withRoundBehindTheFirst() {
    let isFirst = true;
    for await (const piece of pieces()) {
      yield piece;
      if (isFirst) await side.round();
      isFirst = false;
    }
  }
  const archive = await bytesOf(withRoundBehindTheFirst());
  const { rounds } = (await side.get('/v1/privacy/retention')).body.data as { rounds: object[] };
  t.match(rounds, [{ removed: { events: { activity: Number } } }], 'the round was through before the export');
  isWhole(archive, 'during');
});

t.test('truncated and deleted streams are found sound by verify', async (t) => {
  const folder = testFolder(t);
  const side = await openRetentionSide(t, folder);
  for (let attempt = 0; attempt < 8; attempt += 1)
    await side.send({
      ...{ type: 'track', ...ada, event: 'Quiz Failed' },
      properties: { feature: 'quiz', error: `E${attempt}` },
    });
  await side.send({ type: 'track', ...ada });
  t.ok(((await side.get('/v1/interventions')).body.data as object[]).length > 0);
  await side.keepFor({ activity: 30, help: 30, rejected: 30 });
  await side.round(40);
  t.strictSame((await side.get('/v1/interventions')).body.data, []);
  t.match(await side.get('/v1/audit/head'), { status: 200 });
  await side.waymark.stop();
  const audit = await runProgram(['verify', '--audit'], folder);
  t.equal(audit.code, 0, audit.output + audit.errors);
  const all = await runProgram(['verify'], folder);
  t.equal(all.code, 0, all.output + all.errors);
  t.notMatch(all.output, 'does not know', 'what was truncated is no event of a newer version');
});
