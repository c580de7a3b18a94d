import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { Turns } from '../../../src/processors/turns.js';

/** How many others had a turn before the next one, at most `most`. */
async function othersBefore(turns: Turns, most: number): Promise<number> {
  let isNext = false;
  void turns.next().then(() => {
    isNext = true;
  });
  let others = 0;
  while (!isNext && others < most) {
    await setImmediate();
    others += 1;
  }
  return others;
}

t.test('others have a turn in between; while it gives way, many', async (t) => {
  const turns = new Turns();
  t.ok((await othersBefore(turns, 100)) < 5);
  turns.giveWay = true;
  t.ok((await othersBefore(turns, 100)) > 20);
  await turns.next();
  turns.giveWay = false;
  t.ok((await othersBefore(turns, 100)) < 5);
});

t.test('of those who wait for their turn when it ends, only the next may still rest', async (t) => {
  const turns = new Turns();
  turns.giveWay = true;
  const [first, second] = [turns.next(), turns.next(), turns.next()];
  await first;
  turns.giveWay = false;
  await second;
  t.ok((await othersBefore(turns, 100)) < 5);
});
