import t from 'tap';
import { promptFaults, promptFor } from '../../../../src/commands/help/prompts/prompts.js';
import { defaultHelpPolicy, type HelpPolicy, promptUses } from '../../../../src/domain/helpPolicy/policy.js';

const keepingTo = (prompts: HelpPolicy['models']['prompts']): HelpPolicy => ({
  ...defaultHelpPolicy,
  models: { ...defaultHelpPolicy.models, prompts },
});

t.test('the newest prompt is used, unless the tenant keeps to another', async (t) => {
  const newest = promptFor('writeHelp', defaultHelpPolicy.models);
  const first = promptFor('writeHelp', keepingTo({ writeHelp: 1 }).models);
  t.equal(first.version, 1);
  t.ok(newest.version > 1);
  t.not(newest.system, first.system);
  t.equal(promptFor('writeHelp', keepingTo({ reviewText: 1 }).models), newest);
});

t.test('versions that do not exist are refused by name', async (t) => {
  t.strictSame(promptFaults(keepingTo({ writeHelp: 1, reviewText: 1, analyseContext: 1 })).found, []);
  for (const use of promptUses) {
    t.match(promptFaults(keepingTo({ [use]: 99 })).found, [
      { path: `models.prompts.${use}`, code: 'unknown-version' },
    ]);
  }
});
