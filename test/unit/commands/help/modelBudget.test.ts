import t from 'tap';
import { ModelBudget, type Reservation } from '../../../../src/commands/help/modelBudget.js';
import { costOf } from '../../../../src/commands/help/modelPrices.js';

const most = { tokens: 100, microUsd: 1000 };
const tokens = (limit: number) => ({ perDay: { tokens: limit, microUsd: null } });
const money = (limit: number) => ({ perDay: { tokens: null, microUsd: limit } });
const day = 86_400_000;

/** Undefined where nothing was set aside. */
async function reserved(
  budget: ModelBudget,
  ...about: Parameters<ModelBudget['reserve']>
): Promise<Reservation | undefined> {
  const answer = await budget.reserve(...about);
  return typeof answer === 'string' ? undefined : answer;
}

t.test('what is under way is set aside, and what is not used is given back', async (t) => {
  const budget = new ModelBudget(
    async () => ({ tokens: 50, microUsd: 0 }),
    () => day,
  );
  const first = await reserved(budget, 'acme', tokens(250), most);
  t.ok(await reserved(budget, 'acme', tokens(250), most));
  t.equal(await budget.reserve('acme', tokens(250), most), 'budget-spent');
  t.ok(await reserved(budget, 'other', tokens(250), most), 'each tenant by itself');
  first?.settle({ tokens: 10, microUsd: 0 });
  t.equal(await budget.reserve('acme', tokens(250), most), 'budget-spent');
  t.ok(await reserved(budget, 'acme', tokens(260), most));
});

t.test('a new day, and what others spent meanwhile', async (t) => {
  let now = day;
  let recorded = 300;
  const budget = new ModelBudget(
    async (_, of) => ({ tokens: of === day ? recorded : 0, microUsd: 0 }),
    () => now,
  );
  t.equal(await budget.reserve('acme', tokens(300), most), 'budget-spent');
  recorded = 0;
  t.equal(await budget.reserve('acme', tokens(300), most), 'budget-spent', 'counted in memory');
  budget.restart();
  t.ok(await reserved(budget, 'acme', tokens(100), most));
  t.equal(await budget.reserve('acme', tokens(100), most), 'budget-spent');
  now = 2 * day;
  t.ok(await reserved(budget, 'acme', tokens(100), most));
});

t.test('what others spent is known within a minute, beside what is under way here', async (t) => {
  let now = day;
  let recorded: number | undefined = 0;
  const budget = new ModelBudget(
    async () => {
      if (recorded === undefined) throw new Error('away');
      return { tokens: recorded, microUsd: 0 };
    },
    () => now,
  );
  const first = await reserved(budget, 'acme', tokens(250), most);
  recorded = 100;
  now += 60_000;
  t.equal(await budget.reserve('acme', tokens(250), most), 'budget-spent');
  first?.settle({ tokens: 50, microUsd: 0 });
  now += 60_000;
  recorded = undefined;
  t.ok(await reserved(budget, 'acme', tokens(250), most), 'counted on where nothing can be read');
  t.equal(await budget.reserve('acme', tokens(250), most), 'budget-spent');
});

t.test('what was spent here and is not recorded yet stays counted', async (t) => {
  let now = day;
  const budget = new ModelBudget(
    async () => ({ tokens: 0, microUsd: 0 }),
    () => now,
  );
  (await reserved(budget, 'acme', tokens(180), most))?.settle({ tokens: 90, microUsd: 0 });
  now += 60_000;
  t.equal(await budget.reserve('acme', tokens(180), most), 'budget-spent');
});

t.test('money that cannot be counted is not spent; nor where it is not known what was', async (t) => {
  let known = false;
  const budget = new ModelBudget(
    async () => {
      if (!known) throw new Error('behind');
      return { tokens: 0, microUsd: 500 };
    },
    () => day,
  );
  t.equal(await budget.reserve('acme', money(2000), most), 'spending-unknown');
  known = true;
  t.equal(await budget.reserve('acme', money(2000), { tokens: 100, microUsd: null }), 'price-unknown');
  t.equal(await budget.reserve('acme', money(1499), most), 'budget-spent');
  t.ok(await reserved(budget, 'acme', money(1500), most));
});

t.test('what a call cost', async (t) => {
  t.equal(costOf(null, { inputTokens: 1, outputTokens: 1 }), null);
  t.equal(costOf({ input: 0.15, output: 0.6 }, { inputTokens: 1, outputTokens: 1 }), 1, 'rounded up');
});
