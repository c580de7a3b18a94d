import t from 'tap';
import { builtInStrategies } from '../../../../src/domain/strategy/builtIn.js';
import type { StrategyCommand } from '../../../../src/domain/strategy/commands.js';
import { decide } from '../../../../src/domain/strategy/decide.js';
import type { StrategyDefinition } from '../../../../src/domain/strategy/definition.js';
import type { StrategyEvent } from '../../../../src/domain/strategy/events.js';
import { evolve, initialState } from '../../../../src/domain/strategy/evolve.js';
import { mostStrategies, strategyFaults } from '../../../../src/domain/strategy/faults.js';
import { day, struggleHelp } from '../../../support/decisions.js';

function given(...events: StrategyEvent[]) {
  const state = events.reduce(evolve, initialState);
  return { when: (command: StrategyCommand) => decide(command, state) };
}

const about = { strategyId: 'nudge', at: 1000, by: 'key-1' };
const define = (version: number, changed: Partial<StrategyDefinition> = {}): StrategyCommand => ({
  type: 'DefineStrategy',
  data: { ...about, version, definition: { ...struggleHelp, ...changed } },
});
const retire = (version: number): StrategyCommand => ({
  type: 'RetireStrategy',
  data: { ...about, version },
});
const defined: StrategyEvent = {
  type: 'StrategyDefined',
  data: { ...about, version: 1, definition: struggleHelp },
};
const retired: StrategyEvent = { type: 'StrategyRetired', data: { ...about, version: 2 } };

t.test('a strategy is defined and changed, each time under the next version', async (t) => {
  t.strictSame(given().when(define(0)), [defined]);
  t.match(given(defined).when(define(1, { priority: 70 })), [
    { data: { version: 2, definition: { priority: 70 } } },
  ]);
});

t.test('what stands already yields no event, also with an older version', async (t) => {
  t.strictSame(given(defined).when(define(0)), []);
  t.strictSame(given(defined, retired).when(retire(1)), []);
});

t.test('nobody overwrites what they have not seen', async (t) => {
  t.throws(() => given(defined).when(define(0, { priority: 70 })), { code: 'conflict' });
  t.throws(() => given(defined).when(retire(0)), { code: 'conflict' });
});

t.test('a retired strategy is defined again under the next version', async (t) => {
  t.strictSame(given(defined).when(retire(1)), [retired]);
  t.throws(() => given(defined, retired).when(define(0)), { code: 'conflict' });
  t.match(given(defined, retired).when(define(2)), [{ type: 'StrategyDefined', data: { version: 3 } }]);
});

t.test('built-in strategies are there from the start, and can be changed and retired', async (t) => {
  for (const [strategyId, definition] of builtInStrategies) {
    t.strictSame(strategyFaults(strategyId, definition).found, []);
    const data = { ...about, strategyId, version: 0 };
    t.strictSame(given().when({ type: 'DefineStrategy', data: { ...data, definition } }), []);
    t.match(given().when({ type: 'DefineStrategy', data: { ...data, definition: struggleHelp } }), [
      { data: { version: 1 } },
    ]);
    t.match(given().when({ type: 'RetireStrategy', data }), [{ data: { version: 1 } }]);
  }
  t.throws(() => given().when(retire(0)), { code: 'not-found' });
});

t.test('there is a most of strategies', async (t) => {
  const many = Array.from({ length: mostStrategies - builtInStrategies.size }, (_, n): StrategyEvent => {
    const data = { ...about, strategyId: `s${n}`, version: 1, definition: struggleHelp };
    return { type: 'StrategyDefined', data };
  });
  t.throws(() => given(...many).when(define(0)), { code: 'conflict', message: /retire one/ });
  t.equal(given(...many.slice(1)).when(define(0)).length, 1);
});

t.test('everything that is wrong is named, with a code', async (t) => {
  const wrong: StrategyDefinition = {
    ...struggleHelp,
    name: '',
    trigger: { kind: 'absence', after: 'Paid', of: 'Paid', within: 10 },
    goalWindow: 1,
    channels: [],
    priority: 101,
    cooldown: -1,
    holdout: 0.6,
    expiresAfter: 1.5,
    conditions: { segments: ['churned', 'churned'] },
    content: {
      ...struggleHelp.content,
      brief: 'Write to ada@example.org',
      templates: { '??': { title: 'a', body: '' } },
    },
    variants: [{ id: 'A!', weight: 0, content: { brief: '' } }],
  };
  const faults = strategyFaults('No Id', wrong).found.map(({ path, code }) => `${path} ${code}`);
  t.strictSame(faults.sort(), [
    'channels count',
    'conditions.segments repeated',
    'content.brief personal-value',
    'content.templates.?? format',
    'content.templates.??.body length',
    'cooldown range',
    'expiresAfter range',
    'goal.kind goal-without-struggle',
    'goalWindow range',
    'holdout range',
    'id format',
    'name length',
    'priority range',
    'trigger.of same-event',
    'trigger.within range',
    'variants.0.content.brief length',
    'variants.0.id format',
    'variants.0.weight range',
  ]);
  t.throws(() => given().when(define(0, { cooldown: 400 * day })), {
    code: 'invalid-parameter',
    options: { errors: [{ path: 'cooldown', code: 'range' }] },
  });
});
