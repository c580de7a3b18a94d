import { randomInt } from 'node:crypto';
import t from 'tap';
import { asProposed, decided } from '../support/helpEvents.js';
import { openReadSide, type ReadSide, type SentMessage } from '../support/readSide.js';
import { seededRandom } from '../support/seededRandom.js';
import { testFolder } from '../support/testFolder.js';

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const minute = 60_000;
const people = ['ann', 'bob'];
const routes = ['', '/risk', '/sessions', '/struggles', '/videos', '/decisions', '/journey?limit=500'];

const messages: readonly SentMessage[] = [
  { kind: 'page', name: 'Home', properties: { category: 'start' } },
  { name: 'Task Failed', properties: { feature: 'quiz', error: 'E1' } },
  { name: 'Task Failed', properties: { feature: 'essay', error: 'E2' } },
  { name: 'Task Completed', properties: { feature: 'quiz' } },
  { name: 'Task Abandoned', properties: { feature: 'essay' } },
  { kind: 'page', name: 'Help center' },
  { kind: 'identify', traits: { plan: 'pro', birthday: '2000-03-03' } },
  { name: 'Video Playback Started', properties: { asset_id: 'intro', position: 0, total_length: 60 } },
  { name: 'Video Playback Paused', properties: { asset_id: 'intro', position: 20, total_length: 60 } },
];

function urlsOf(person: string): string[] {
  return [
    ...routes.map((rest) => `/v1/profiles/${person}${rest}`),
    `/api/events/user/${person}/insights`,
    `/v1/profiles?anonymousId=visitor-${person}`,
  ];
}

/** What the live read models say now, by URL. */
async function snapshot(side: ReadSide): Promise<ReadonlyMap<string, unknown>> {
  await side.caughtUp();
  await side.processors.advanceClock(side.clock.now);
  const answers = new Map<string, unknown>();
  for (const url of people.flatMap(urlsOf)) {
    const { status, body } = await side.get(url);
    answers.set(url, status === 200 ? body.data : status);
  }
  return answers;
}

async function propose(side: ReadSide, person: string, count: number) {
  const { body } = await side.get(`/v1/profiles/${person}/struggles?limit=1`);
  const [struggle] = (body.data ?? []) as { id: string }[];
  if (struggle === undefined) return;
  const about = {
    interventionId: `${struggle.id}.help${count}`,
    subject: side.subjectOf('default', 'user', person),
  };
  const cause = {
    strategy: 'help',
    struggleId: struggle.id,
    featureId: 'quiz',
    signalType: 'error_pattern',
    severity: 'low',
  } as const;
  if (count % 3 === 0) {
    await side.intervene({
      type: 'InterventionDeclined',
      data: { ...about, ...decided, ...cause, reason: 'cooldown' },
    });
    return;
  }
  await side.intervene({
    type: 'InterventionProposed',
    data: {
      ...about,
      ...asProposed,
      ...cause,
      channel: 'in_app',
      language: 'en',
      title: 'Stuck?',
      body: 'Try this.',
      author: { kind: 'template', name: 'quiz', version: 1 },
      expiresAt: side.clock.now + 60 * minute,
    },
  });
  side.clock.now += minute;
  await side.intervene({ type: 'InterventionDelivered', data: { ...about, channel: 'in_app' } });
}

t.test(`any past moment shows what was shown then (SEED=${seed})`, async (t) => {
  const random = seededRandom(seed);
  const side = await openReadSide(testFolder(t));
  t.teardown(() => side.close());
  const moments = new Map<number, ReadonlyMap<string, unknown>>();
  moments.set(side.clock.now, await snapshot(side));
  side.clock.now += 1;

  for (let step = 0; step < 30; step += 1) {
    const person = people[random(people.length)] ?? 'ann';
    const who = random(3) === 0 ? { anonymousId: `visitor-${person}` } : { userId: person };
    const late = random(4) === 0 ? random(90) * minute : 0;
    const batch = Array.from({ length: 1 + random(4) }, () => ({
      ...messages[random(messages.length)],
      ...who,
      occurredAt: side.clock.now - late,
    }));
    const isIdentified = 'anonymousId' in who;
    await side.send(batch.filter(({ kind }) => !(isIdentified && kind === 'identify')));
    if (step === 12) await side.send([{ kind: 'identify', userId: 'ann', anonymousId: 'visitor-ann' }]);
    await side.caughtUp();
    if (random(4) === 0) await propose(side, person, step);
    if (random(3) === 0) moments.set(side.clock.now, await snapshot(side));
    side.clock.now += [minute, 10 * minute, 26 * 60 * minute][random(3)] ?? minute;
  }
  moments.set(side.clock.now, await snapshot(side));
  side.clock.now += 40 * 24 * 60 * minute;
  await snapshot(side);

  for (const [moment, answers] of moments) {
    for (const [url, expected] of answers) {
      const asOf = `${url.includes('?') ? '&' : '?'}asOf=${new Date(moment).toISOString()}`;
      const { status, body } = await side.get(url + asOf);
      t.same(status === 200 ? body.data : status, expected, `${url} as of ${new Date(moment).toISOString()}`);
    }
  }
});

t.test('a past moment can be given in any zone', async (t) => {
  const side = await openReadSide(testFolder(t));
  t.teardown(() => side.close());
  await side.send([{ userId: 'ann', kind: 'page', name: 'Home' }]);
  for (const [asOf, status] of [
    ['2026-03-02T12:00:00%2B02:00', 200],
    ['2026-03-02T11:59:59.999%2B02:00', 404],
    ['2026-03-02T05:00-05:00', 200],
  ] as const) {
    t.equal((await side.get(`/v1/profiles/ann?asOf=${asOf}`)).status, status, asOf);
  }
});
