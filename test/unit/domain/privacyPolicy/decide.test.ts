import t from 'tap';
import type { ChangePrivacyPolicies } from '../../../../src/domain/privacyPolicy/commands.js';
import { decide } from '../../../../src/domain/privacyPolicy/decide.js';
import type { PrivacyPolicyEvent } from '../../../../src/domain/privacyPolicy/events.js';
import { evolve, initialState } from '../../../../src/domain/privacyPolicy/evolve.js';
import { defaultPolicies, type PolicySet } from '../../../../src/domain/privacyPolicy/policies.js';

const kept90: PolicySet = { ...defaultPolicies, retention: { activity: 90, help: 30, rejected: 7 } };

function change(version: number, policies: PolicySet): ChangePrivacyPolicies {
  return { type: 'ChangePrivacyPolicies', data: { version, policies, at: 1000, by: 'key-1' } };
}

function given(...events: PrivacyPolicyEvent[]) {
  const state = events.reduce(evolve, initialState);
  return { when: (command: ChangePrivacyPolicies) => decide(command, state) };
}

const first: PrivacyPolicyEvent = {
  type: 'PrivacyPoliciesChanged',
  data: { version: 1, policies: kept90, at: 1000, by: 'key-1' },
};

t.test('a change is recorded under the next version', async (t) => {
  t.strictSame(given().when(change(0, kept90)), [first]);
  t.strictSame(given(first).when(change(1, defaultPolicies)), [
    {
      type: 'PrivacyPoliciesChanged',
      data: { version: 2, policies: defaultPolicies, at: 1000, by: 'key-1' },
    },
  ]);
});

t.test(
  'what stands already yields no event, also when it is sent again with the version before',
  async (t) => {
    t.strictSame(given().when(change(0, defaultPolicies)), []);
    t.strictSame(given(first).when(change(0, structuredClone(kept90))), []);
  },
);

t.test('nobody overwrites what they have not seen', async (t) => {
  t.throws(() => given(first).when(change(0, defaultPolicies)), { code: 'conflict' });
});
