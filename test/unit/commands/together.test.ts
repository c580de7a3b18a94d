import t from 'tap';
import { together } from '../../../src/commands/together.js';

t.test('one alone is begun at once, what comes meanwhile together in the next round', async (t) => {
  const rounds: number[][] = [];
  const waiting: (() => void)[] = [];
  const add = together<number, number>(3, async (items) => {
    rounds.push([...items]);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return items.map((item) => ({ status: 'fulfilled', value: item * 2 }));
  });
  const results = [1, 2, 3, 4, 5].map(add);
  t.same(rounds, [[1]]);
  for (let round = 0; round < 3; round++) {
    waiting[round]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.same(await Promise.all(results), [2, 4, 6, 8, 10]);
  t.same(rounds, [[1], [2, 3, 4], [5]]);
});

t.test('one that fails fails alone, and a round that fails fails for all of it', async (t) => {
  const add = together<string, string>(10, async (items) => {
    if (items.includes('all')) throw new Error('the store is gone');
    return items.map((item) =>
      item === 'bad' ? { status: 'rejected', reason: new Error(item) } : { status: 'fulfilled', value: item },
    );
  });
  const first = add('first');
  const [good, bad] = [add('good'), add('bad')];
  await t.rejects(bad, { message: 'bad' });
  t.same([await first, await good], ['first', 'good']);
  const before = add('before');
  const [lost, all] = [add('lost'), add('all')];
  t.equal(await before, 'before');
  await t.rejects(lost, { message: 'the store is gone' });
  await t.rejects(all, { message: 'the store is gone' });
  t.equal(await add('after'), 'after');
});
