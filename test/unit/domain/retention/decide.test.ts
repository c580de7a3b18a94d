import t from 'tap';
import { decide } from '../../../../src/domain/retention/decide.js';
import { nothingRemoved, type RetentionEvent } from '../../../../src/domain/retention/events.js';
import { evolve, initialState } from '../../../../src/domain/retention/evolve.js';
import { cutoffsAt } from '../../../../src/domain/retention/periods.js';

const begun: RetentionEvent = {
  type: 'RetentionRoundBegun',
  data: { roundId: 'one', at: 1000, cutoffs: { activity: 500 } },
};
const completed: RetentionEvent = {
  type: 'RetentionRoundCompleted',
  data: { roundId: 'one', beganAt: 1000, at: 2000, cutoffs: { activity: 500 }, removed: nothingRemoved },
};
const begin = (roundId: string, cutoffs: object) =>
  ({ type: 'BeginRound', roundId, at: 1000, cutoffs }) as const;
const complete = (roundId: string) =>
  ({ type: 'CompleteRound', roundId, at: 2000, removed: nothingRemoved }) as const;

function given(...events: RetentionEvent[]) {
  const state = events.reduce(evolve, initialState);
  return { when: (command: Parameters<typeof decide>[0]) => decide(command, state) };
}

t.test('one round at a time, each completed once', async (t) => {
  t.strictSame(given().when(begin('one', { activity: 500 })), [begun]);
  t.strictSame(given(begun).when(begin('two', { activity: 600 })), []);
  t.strictSame(given(begun).when(complete('one')), [completed]);
  t.strictSame(given(begun, completed).when(complete('one')), []);
  t.strictSame(given(begun).when(complete('two')), [], 'only the one under way');
  t.strictSame(given().when(complete('one')), []);
});

t.test('a cut-off never goes back, also where the period was made longer or taken away', async (t) => {
  const next = (cutoffs: object) => given(begun, completed).when(begin('two', cutoffs));
  t.match(next({ activity: 400 }), [{ data: { cutoffs: { activity: 500 } } }]);
  t.match(next({ activity: 700, help: 3 }), [{ data: { cutoffs: { activity: 700, help: 3 } } }]);
  t.match(next({ rejected: 9 }), [{ data: { cutoffs: { activity: 500, rejected: 9 } } }]);
});

t.test('the last event alone tells how to go on', async (t) => {
  t.strictSame(evolve(initialState, completed), [begun, completed].reduce(evolve, initialState));
});

t.test('a period is whole days before now; none is no cut-off', async (t) => {
  t.strictSame(cutoffsAt(10 * 86_400_000, { activity: 7, help: null, rejected: null }), {
    activity: 3 * 86_400_000,
  });
});
