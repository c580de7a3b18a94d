import t from 'tap';
import { defaultFieldPolicy, defaultRules } from '../../../../src/domain/privacy/fieldPolicy.js';
import { mostRules, readFieldPolicy } from '../../../../src/domain/privacy/policyFaults.js';

/** Where the faults of a policy with this one rule are. */
function faultsOf(rule: unknown): string[] {
  const outcome = readFieldPolicy({ rules: [rule], detected: 'encrypt' });
  return 'rules' in outcome ? [] : outcome.map(({ path }) => path);
}

t.test('the default policy, the default rules and what they may become are valid', async (t) => {
  t.strictSame(readFieldPolicy(defaultFieldPolicy), defaultFieldPolicy);
  t.strictSame(readFieldPolicy({ rules: defaultRules, detected: 'drop' }), {
    rules: defaultRules,
    detected: 'drop',
  });
  for (const rule of [
    { path: 'traits.*', action: 'drop' },
    { path: 'traits.**', action: 'encrypt' },
    { path: 'context.ip', action: 'generalise' },
    { path: 'context.traits.age', action: 'generalise' },
    { path: 'properties', action: 'encrypt' },
    { path: 'properties.order_number', action: 'keep', unexamined: true },
    { path: 'properties.featureId', action: 'drop' },
    { path: 'anonymousId', action: 'drop' },
    { path: 'anonymousId', action: 'encrypt' },
    { path: 'previousId', action: 'encrypt' },
    { path: 'name', action: 'keep' },
  ])
    t.strictSame(faultsOf(rule), [], JSON.stringify(rule));
});

t.test('a policy that cannot be carried out is explained', async (t) => {
  t.strictSame(faultsOf('traits'), ['rules.0']);
  t.strictSame(faultsOf({ action: 'keep' }), ['rules.0.path']);
  t.strictSame(faultsOf({ path: 'traits.email', action: 'hash' }), ['rules.0.action']);
  t.strictSame(faultsOf({ path: 'traits.x', action: 'drop', unexamined: true }), ['rules.0.unexamined']);
  for (const rule of [
    { path: 'traits..email', action: 'drop' },
    { path: 'traits.**.email', action: 'drop' },
    { path: 'email', action: 'drop' },
    { path: 'ip', action: 'drop' },
    { path: 'userId', action: 'drop' },
    { path: 'identity', action: 'keep' },
    { path: 'identity', action: 'keep', unexamined: true },
    { path: 'previousId', action: 'drop' },
    { path: 'previousId', action: 'redact' },
    { path: 'previous_id', action: 'keep', unexamined: true },
    { path: 'anonymousId', action: 'keep' },
    { path: 'anonymousId', action: 'redact' },
    { path: 'anonymousId', action: 'generalise' },
    { path: 'anonymous-id.**', action: 'keep', unexamined: true },
    { path: 'name', action: 'encrypt' },
    { path: 'name', action: 'drop' },
    { path: 'properties.feature_id', action: 'encrypt' },
    { path: 'traits.email', action: 'generalise' },
    { path: 'traits.email', action: 'keep', unexamined: true },
  ])
    t.strictSame(faultsOf(rule), ['rules.0'], JSON.stringify(rule));
  for (const policy of [null, [], 'x', { rules: [] }, { rules: {}, detected: 'drop' }])
    t.notOk('rules' in readFieldPolicy(policy), JSON.stringify(policy));
  t.notOk('rules' in readFieldPolicy({ rules: [], detected: 'drop', further: 1 }));
  const rules = Array.from({ length: mostRules + 1 }, () => ({ path: 'traits.x', action: 'drop' }));
  t.notOk('rules' in readFieldPolicy({ rules, detected: 'drop' }));
});
