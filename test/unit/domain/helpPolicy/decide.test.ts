import t from 'tap';
import { decide } from '../../../../src/domain/helpPolicy/decide.js';
import type { HelpPolicyEvent } from '../../../../src/domain/helpPolicy/events.js';
import { evolve, initialState } from '../../../../src/domain/helpPolicy/evolve.js';
import { helpPolicyFaults } from '../../../../src/domain/helpPolicy/faults.js';
import { defaultHelpPolicy, type HelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';

const off: HelpPolicy = { ...defaultHelpPolicy, enabled: false };
const change = (version: number, policy: HelpPolicy) =>
  ({ type: 'ChangeHelpPolicy', data: { version, policy, at: 1000, by: 'key-1' } }) as const;
const given = (...events: HelpPolicyEvent[]) => {
  const state = events.reduce(evolve, initialState);
  return { when: (command: ReturnType<typeof change>) => decide(command, state) };
};
const first: HelpPolicyEvent = {
  type: 'HelpPolicyChanged',
  data: { version: 1, policy: off, at: 1000, by: 'key-1' },
};

t.test('a change is recorded under the next version; what stands already yields no event', async (t) => {
  t.strictSame(given().when(change(0, off)), [first]);
  t.strictSame(given(first).when(change(0, structuredClone(off))), []);
  t.strictSame(given().when(change(0, defaultHelpPolicy)), []);
});

t.test('nobody overwrites what they have not seen', async (t) => {
  t.throws(() => given(first).when(change(0, defaultHelpPolicy)), { code: 'conflict' });
});

t.test('everything that is wrong is named, and nothing of it recorded', async (t) => {
  t.strictSame(helpPolicyFaults(defaultHelpPolicy).found, []);
  const wrong: HelpPolicy = {
    ...defaultHelpPolicy,
    fatigue: [
      { channel: 'any', window: 1, limit: -1 },
      { channel: 'any', window: 1, limit: 2 },
    ],
    weights: { ...defaultHelpPolicy.weights, sms: -2 },
    quietHours: { from: '24:00', to: '8:00', channels: [], timeZone: 'UTC' },
    staleAfter: 1,
    models: { order: ['a', 'a'], maxTurns: 0, maxTokens: 1, deadline: 1 },
    budget: { perDay: { tokens: -1, microUsd: null } },
    disclosure: { name: 'omit', traits: ['ada@example.org'] },
  };
  const faults = helpPolicyFaults(wrong).found.map(({ path, code }) => `${path} ${code}`);
  for (const expected of [
    'fatigue repeated',
    'fatigue.0.window range',
    'fatigue.0.limit range',
    'weights.sms range',
    'quietHours.from format',
    'quietHours.to format',
    'quietHours.channels count',
    'staleAfter range',
    'models.order repeated',
    'models.maxTurns range',
    'models.maxTokens range',
    'models.deadline range',
    'budget.perDay.tokens range',
    'disclosure.traits.0 personal-value',
  ]) {
    t.ok(faults.includes(expected), expected);
  }
  t.throws(() => given().when(change(0, wrong)), { code: 'invalid-parameter' });
});
