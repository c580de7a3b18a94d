import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { dataOf, openReadSide, type ReadSide, startOfTest } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

const minute = 60_000;

interface List {
  readonly url: string;
  readonly key: string;
}

const lists: readonly List[] = [
  { url: '/v1/profiles?sort=createdAt', key: 'userId' },
  { url: '/v1/profiles?sort=-createdAt', key: 'userId' },
  { url: '/v1/struggles', key: 'id' },
  { url: '/v1/features', key: 'featureId' },
  { url: '/v1/videos', key: 'videoId' },
  { url: '/v1/profiles/ann/journey', key: 'id' },
  { url: '/v1/profiles/ann/struggles', key: 'id' },
];

/** Something new in every list, at a time of its own. */
async function add(side: ReadSide, number: number, at: number): Promise<void> {
  const occurredAt = startOfTest - at * 2 * minute;
  const failed = { name: 'Task Failed', properties: { feature: `feature ${number}` }, occurredAt };
  await side.send([
    ...['ann', `user ${number}`].flatMap((userId) => [1, 2, 3].map(() => ({ ...failed, userId }))),
    {
      userId: 'ann',
      name: 'Video Playback Started',
      properties: { asset_id: `video ${number}`, position: 0 },
      occurredAt,
    },
  ]);
}

async function keysOf(side: ReadSide, { url, key }: List, limit: number, between: () => Promise<void>) {
  const keys: unknown[] = [];
  const base = `${url}${url.includes('?') ? '&' : '?'}limit=${limit}`;
  let next = base;
  for (;;) {
    const answer = await side.get(next);
    const page = dataOf(answer).map((entry) => entry[key]);
    keys.push(...page);
    if (answer.body.nextCursor === null) return keys;
    next = `${base}&cursor=${answer.body.nextCursor}`;
    await between();
  }
}

async function open(t: Test): Promise<ReadSide> {
  const side = await openReadSide(testFolder(t));
  t.teardown(() => side.close());
  // Before all that is added: a person whose first event moves has another place in lists by `createdAt`.
  await side.send([{ userId: 'ann', kind: 'page', name: 'Home', occurredAt: startOfTest - 200 * minute }]);
  return side;
}

t.test('pages hold each entry once, in one order, whatever their size', async (t) => {
  const side = await open(t);
  for (let number = 0; number < 12; number += 1) await add(side, number, (number * 7) % 12);
  await side.caughtUp();
  for (const list of lists) {
    const whole = await keysOf(side, list, 500, async () => undefined);
    t.ok(whole.length >= 12, `${list.url} has entries`);
    t.equal(new Set(whole).size, whole.length);
    for (const limit of [1, 3, whole.length]) {
      t.same(await keysOf(side, list, limit, async () => undefined), whole, `${list.url} by ${limit}`);
    }
  }
});

t.test('while data is added, a list loses and repeats nothing of what it had', async (t) => {
  const side = await open(t);
  let number = 0;
  for (; number < 6; number += 1) await add(side, number, number);
  await side.caughtUp();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lists),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 }),
      async (list, limit, times) => {
        const before = await keysOf(side, list, 500, async () => undefined);
        const pending = [...times];
        const seen = await keysOf(side, list, limit, async () => {
          const at = pending.pop();
          if (at === undefined) return;
          await add(side, number++, at);
          await side.caughtUp();
        });
        equal(new Set(seen).size, seen.length, `${list.url} repeats nothing`);
        const had = new Set(before);
        deepEqual(
          seen.filter((key) => had.has(key)),
          before,
          `${list.url} keeps what it had, in its order`,
        );
      },
    ),
    { numRuns: 25 },
  );
});
