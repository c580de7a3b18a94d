import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import type { RetainedStreamDocument } from '../../src/projections/retainedStreams/document.js';
import { daysAgo, openRetentionSide, type RetentionSide } from '../support/retention.js';
import { seededRandom } from '../support/seededRandom.js';
import { testFolder } from '../support/testFolder.js';

const person = [
  'sessions',
  'profiles',
  'struggles',
  'interventions',
  'videos',
  'quarantine',
  'retainedStreams',
];
const ada = { userId: 'ada' };

/** Names of what can be read of a person's journey. */
async function namesIn({ get }: RetentionSide, userId: string): Promise<unknown[]> {
  const { status, body } = await get(`/v1/profiles/${userId}/journey?limit=500`);
  if (status === 404) return [];
  const events = body.data as { type: string; data: { name?: string } }[];
  return events.map(({ type, data }) => data.name ?? type);
}

async function dataOf({ get }: RetentionSide, path: string): Promise<unknown> {
  const { status, body } = await get(path);
  return status === 404 ? null : body.data;
}

t.test(
  'of somebody who is active only what is past its period goes, from streams and read models',
  async (t) => {
    const side = await openRetentionSide(t);
    await side.send(
      { type: 'identify', ...ada, traits: { plan: 'old', tier: 'gold' }, timestamp: daysAgo(100) },
      {
        type: 'track',
        ...ada,
        event: 'Old Thing',
        properties: { feature: 'attic' },
        timestamp: daysAgo(100),
      },
      {
        type: 'track',
        ...ada,
        event: 'Film',
        properties: { videoId: 'v1', action: 'play' },
        timestamp: daysAgo(99),
      },
      { type: 'identify', ...ada, traits: { plan: 'new' }, timestamp: daysAgo(2) },
      { type: 'track', ...ada, event: 'New Thing', properties: { feature: 'hall' }, timestamp: daysAgo(2) },
    );
    await side.round();
    t.equal((await namesIn(side, 'ada')).includes('Old Thing'), true, 'nothing goes where nobody said so');

    await side.keepFor({ activity: 30 });
    await side.round();
    const names = await namesIn(side, 'ada');
    t.notOk(names.includes('Old Thing'));
    t.ok(names.includes('New Thing'));
    const shown = async () => {
      const profile = (await dataOf(side, '/v1/profiles/ada')) as { traits: object };
      t.match(profile, { userId: 'ada', traits: { plan: 'new', tier: undefined } });
      t.notMatch(JSON.stringify(profile), 'attic');
      t.match(await dataOf(side, '/v1/profiles/ada/sessions'), { length: 1 });
      t.match(
        await dataOf(side, '/v1/features/attic'),
        { featureId: 'attic' },
        'statistics name nobody and stay',
      );
    };
    await shown();
    await side.rebuilt(...person);
    await shown();

    const { rounds } = (await dataOf(side, '/v1/privacy/retention')) as { rounds: { removed: object }[] };
    t.match(rounds, { length: 1 });
    t.match(rounds[0]?.removed, {
      events: { activity: Number },
      journeys: 0,
      documents: { sessions: Number },
    });
    const audited = await side.get('/v1/audit/entries?type=retention-round-completed.v1');
    t.match(audited.body.data, { length: 1 });

    await side.send({ type: 'track', ...ada, event: 'Later Thing' });
    t.match(await dataOf(side, '/v1/profiles/ada'), { userId: 'ada' }, 'the journey goes on');
    await side.round(1.1);
    const again = (await dataOf(side, '/v1/privacy/retention')) as { rounds: object[] };
    t.match(again.rounds[0], { removed: { events: {}, journeys: 0 } }, 'what was removed is not found again');
  },
);

t.test('a journey is told of itself once, not with every round', async (t) => {
  const side = await openRetentionSide(t);
  const daily = Array.from({ length: 40 }, (_, index) => 60 - index);
  for (const days of daily) {
    await side.send({ type: 'track', ...ada, event: `Day ${days}`, timestamp: daysAgo(days) });
  }
  await side.keepFor({ activity: 30 });
  const truncations = async () => (await namesIn(side, 'ada')).filter((name) => name === 'JourneyTruncated');
  for (let days = 0; days < 8; days += 1.5) {
    await side.round(days);
    const names = await namesIn(side, 'ada');
    t.notOk(names.includes(`Day ${Math.ceil(31 - days)}`), `${days}`);
    t.ok(names.includes(`Day ${Math.floor(29 - days)}`), `${days}`);
  }
  t.match(await truncations(), { length: 1 });
  t.match(await dataOf(side, '/v1/profiles/ada'), { userId: 'ada' });
  await side.round(45);
  t.strictSame(await namesIn(side, 'ada'), [], 'at its end nothing of the person is found');
});

t.test('of somebody who is silent nothing is left, and who comes back begins anew', async (t) => {
  const folder = testFolder(t);
  const side = await openRetentionSide(t, folder);
  const failing = (attempt: number) => ({
    type: 'track',
    ...ada,
    event: 'Quiz Failed',
    properties: { feature: 'quiz', error: `E${attempt}` },
  });
  await side.send({ type: 'identify', ...ada, traits: { email: 'ada@example.org' } });
  for (let attempt = 0; attempt < 8; attempt += 1) await side.send(failing(attempt));
  const before = (await dataOf(side, '/v1/struggles')) as { id: string }[];
  t.ok(before.length > 0, 'there is a struggle to forget');
  await side.keepFor({ activity: 30, help: 30 });
  await side.round(40);
  const gone = async () => {
    t.equal(await dataOf(side, '/v1/profiles/ada'), null);
    for (const path of ['/v1/struggles', '/v1/interventions', '/v1/profiles']) {
      t.strictSame(await dataOf(side, path), [], path);
    }
  };
  await gone();
  await side.rebuilt(...person);
  await gone();
  const stream = journeyStreamName('default', side.subjectOf('ada'));
  const left = await side.waymark.stores.eventStore.readStream(stream, { maxCount: 10 });
  t.match(left.events, [{ type: 'journey-truncated.v1', data: { journey: null } }], 'the last event');
  t.equal(left.events.length, 1);

  await side.waymark.stop();
  const later = await openRetentionSide(t, folder);
  await later.send({ type: 'identify', ...ada, traits: { plan: 'pro' } });
  for (let attempt = 0; attempt < 8; attempt += 1) await later.send(failing(attempt));
  t.match(await dataOf(later, '/v1/profiles/ada'), {
    userId: 'ada',
    traits: { plan: 'pro', email: undefined },
  });
  const after = (await dataOf(later, '/v1/struggles')) as { id: string }[];
  t.ok(after.length > 0);
  const ids = new Set(before.map(({ id }) => id));
  t.notOk(
    after.some(({ id }) => ids.has(id)),
    'no id is given twice',
  );
});

t.test(
  'links outlive the events that told of them, for as long as something of the person is left',
  async (t) => {
    const side = await openRetentionSide(t);
    const visitor = { anonymousId: 'visitor-1' };
    await side.send(
      { type: 'page', ...visitor, name: 'Old Page', timestamp: daysAgo(90) },
      { type: 'identify', ...ada, ...visitor, traits: { plan: 'pro' }, timestamp: daysAgo(89) },
      { type: 'page', ...visitor, name: 'New Page', timestamp: daysAgo(3) },
    );
    await side.keepFor({ activity: 30 });
    await side.round();
    const names = await namesIn(side, 'ada');
    t.ok(names.includes('New Page'), 'the visitor is still found through the person');
    t.notOk(names.includes('Old Page'));
    t.match(await dataOf(side, '/v1/profiles/ada'), { userId: 'ada' });
    await side.round(40);
    await side.round(42);
    t.notOk((await namesIn(side, 'ada')).includes('New Page'));
    t.equal(await dataOf(side, '/v1/profiles/ada'), null);
  },
);

t.test('messages in quarantine go after their own period', async (t) => {
  const side = await openRetentionSide(t);
  await side.send({ type: 'track', ...ada }, { type: 'track', ...ada, event: 'Kept' });
  t.match(await dataOf(side, '/v1/quarantine'), { length: 1 });
  await side.keepFor({ rejected: 7 });
  await side.round(8);
  t.strictSame(await dataOf(side, '/v1/quarantine'), []);
  t.ok((await namesIn(side, 'ada')).includes('Kept'));
  await side.rebuilt('quarantine');
  t.strictSame(await dataOf(side, '/v1/quarantine'), []);
  await side.send({ type: 'track', ...ada });
  t.match(await dataOf(side, '/v1/quarantine'), { length: 1 }, 'what comes after is recorded');
});

t.test('a round that is stopped on its way is gone on with by the next start', async (t) => {
  const folder = testFolder(t);
  const side = await openRetentionSide(t, folder);
  const old = Array.from({ length: 120 }, (_, index) => ({
    ...{ type: 'track', userId: `u${index}`, event: 'Old', timestamp: daysAgo(50) },
  }));
  await side.send(...old, { type: 'track', ...ada, event: 'New' });
  await side.waymark.application.endIdleSessions(0);
  await side.keepFor({ activity: 30 });
  const stopping = new AbortController();
  const { eventStore } = side.waymark.stores;
  const original = eventStore.setStreamMetadata.bind(eventStore);
  let shortened = 0;
  eventStore.setStreamMetadata = async (...about) => {
    shortened += 1;
    if (shortened === 60) stopping.abort();
    return original(...about);
  };
  await side.round(0, stopping.signal);
  t.match(await dataOf(side, '/v1/privacy/retention'), { running: { roundId: String }, rounds: [] });
  t.ok(shortened < 120, 'it stopped on its way');
  await side.waymark.stop();

  const next = await openRetentionSide(t, folder);
  const deadline = Date.now() + 30_000;
  type Shown = { running: object | null; rounds: { removed: object }[] };
  let shown: Shown;
  for (;;) {
    shown = (await dataOf(next, '/v1/privacy/retention')) as Shown;
    if (shown.running === null || Date.now() > deadline) break;
    await setTimeout(20);
  }
  t.match(shown, { running: null, rounds: { length: 1 } });
  t.match(shown.rounds[0]?.removed, { events: { activity: 360 }, journeys: 120 });
  t.match(await dataOf(next, '/v1/profiles'), { length: 1 });
});

t.test('an older period that was made longer brings nothing back', async (t) => {
  const side = await openRetentionSide(t);
  await side.send({ type: 'track', ...ada, event: 'Old', timestamp: daysAgo(50) });
  await side.keepFor({ activity: 30 });
  await side.round();
  await side.keepFor({ activity: null });
  await side.rebuilt('profiles', 'sessions');
  t.strictSame(await dataOf(side, '/v1/profiles'), []);
  t.equal(await dataOf(side, '/v1/profiles/ada'), null);
  await side.waymark.stop();
});

t.test('a journey that is known by a later link loses what it did before', async (t) => {
  const side = await openRetentionSide(t);
  await side.send({ type: 'identify', ...ada, anonymousId: 'visitor', timestamp: daysAgo(3) });
  await side.send(
    { type: 'track', anonymousId: 'visitor', event: 'Old', timestamp: daysAgo(50) },
    { type: 'track', anonymousId: 'visitor', event: 'New', timestamp: daysAgo(2) },
  );
  await side.waymark.application.endIdleSessions(0);
  await side.keepFor({ activity: 30 });
  await side.round();
  const { retainedStreams } = await side.documents();
  const names: unknown[] = [];
  for (const { streamName } of retainedStreams as RetainedStreamDocument[]) {
    const { events } = await side.waymark.stores.eventStore.readStream(streamName, { maxCount: 100 });
    names.push(...events.map(({ data }) => data.name).filter((name) => name !== undefined));
  }
  t.strictSame(names, ['New']);
  await side.waymark.stop();
});

t.test('whatever happened, nothing past its period is left, and a rebuild finds the very same', async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.comment(`seed ${seed}`);
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const side = await openRetentionSide(t);
  const events = Array.from({ length: 400 }, (_, index) => {
    const timestamp = daysAgo(random(6000) / 100);
    const user = `u${random(8)}`;
    const visitor = `v${random(6)}`;
    const who = pick([{ userId: user }, { anonymousId: visitor }, { userId: user, anonymousId: visitor }]);
    return pick([
      { type: 'track', ...who, event: `Seen ${index}`, properties: { feature: `f${index % 5}` }, timestamp },
      { type: 'track', ...who, event: 'Quiz Failed', properties: { feature: 'quiz', error: 'E' }, timestamp },
      { type: 'identify', ...who, traits: { [`trait${index % 7}`]: index, email: 'a@b.de' }, timestamp },
      { type: 'page', ...who, name: `Page ${index}`, timestamp },
      { type: 'track', ...who, event: 'Video Playback Started', properties: { videoId: 'v' }, timestamp },
      { type: 'track', ...who, timestamp },
    ]);
  });
  for (let from = 0; from < events.length; from += 50) await side.send(...events.slice(from, from + 50));
  await side.waymark.application.endIdleSessions(0);
  await side.keepFor({ activity: 30, help: 20, rejected: 10 });
  await side.round();
  const { cutoffs } = side.waymark.application.retentionRounds.of('default');
  const left = await side.documents();
  await side.rebuilt(...person);
  t.strictSame(await side.documents(), left, 'the documents');

  const { eventStore } = side.waymark.stores;
  for (const { streamName } of left.retainedStreams as RetainedStreamDocument[]) {
    const { events: kept } = await eventStore.readStream(streamName, { maxCount: 500 });
    const [first] = kept.filter(({ type }) => !/^(journey-|linked-to)/.test(type));
    const category = streamName.startsWith('journey-') ? 'activity' : 'rejected';
    if (first !== undefined) t.ok(Number(first.metadata.occurredAt) >= (cutoffs[category] ?? 0), streamName);
  }
  await side.round(70);
  // A person can be at the end only after all visitors who turned out to be them.
  await side.round(72);
  const nothing = Object.entries(await side.documents()).filter(([, documents]) => documents.length > 0);
  t.strictSame(
    nothing.map(([name]) => name),
    [],
    'in the end nothing is left',
  );
});
