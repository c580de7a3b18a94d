import fc from 'fast-check';
import t from 'tap';
import { openReadSide, startOfTest } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

t.setTimeout(120_000);

const minute = 60_000;

t.test('the metric counts the sessions there are, in whatever order the events arrive', async (t) => {
  const side = await openReadSide(testFolder(t));
  t.teardown(side.close);
  side.clock.now = startOfTest + 6 * 60 * minute;
  let person = 0;
  let before = 0;
  const total = async () => {
    await side.caughtUp();
    const { body } = await side.get('/v1/metrics/sessions?interval=day&from=2026-03-01T00:00:00Z');
    const { series } = body.data as { series: { points: { value: number }[] }[] };
    return series.flatMap(({ points }) => points).reduce((sum, { value }) => sum + value, 0);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 10 }),
      async (minutes) => {
        person += 1;
        for (const at of minutes) {
          const occurredAt = startOfTest + at * minute;
          await side.send([{ userId: `u${person}`, kind: 'track', name: 'Seen', occurredAt }]);
        }
        const inOrder = [...minutes].sort((a, b) => a - b);
        const sessions = inOrder.filter((at, index) => index === 0 || at - (inOrder[index - 1] ?? 0) > 30);
        const now = await total();
        t.equal(now - before, sessions.length, minutes.join(' '));
        before = now;
      },
    ),
    { numRuns: 30 },
  );
});
