import { faultsOfCompliance } from '../content/policyFaults.js';
import { Faults } from '../faults.js';
import type { HelpPolicy } from './policy.js';

const minute = 60_000;
const day = 24 * 60 * minute;
const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** Everything that is wrong with a policy of the right shape, but for time zones, which the domain knows nothing of. */
export function helpPolicyFaults(policy: HelpPolicy): Faults {
  const { quietHours, models, budget, disclosure, compliance } = policy;
  const faults = new Faults();
  faults.list(
    'fatigue',
    policy.fatigue.map(({ channel, window }) => `${channel}/${window}`),
    0,
    20,
  );
  for (const [index, { window, limit }] of policy.fatigue.entries()) {
    faults.range(`fatigue.${index}.window`, window, minute, 90 * day);
    faults.number(`fatigue.${index}.limit`, limit, 0, 10_000);
  }
  for (const [channel, weight] of Object.entries(policy.weights)) {
    faults.number(`weights.${channel}`, weight, 0, 100);
  }
  if (quietHours !== null) {
    faults.pattern('quietHours.from', quietHours.from, timeOfDay, 'must be a time of day as HH:MM');
    faults.pattern('quietHours.to', quietHours.to, timeOfDay, 'must be a time of day as HH:MM');
    faults.list('quietHours.channels', quietHours.channels, 1, 5);
    faults.when(quietHours.from === quietHours.to, {
      path: 'quietHours.to',
      code: 'same-time',
      message: 'must be another time than quietHours.from',
    });
  }
  faults.range('staleAfter', policy.staleAfter, minute, 7 * day);
  faults.range('models.maxTurns', models.maxTurns, 1, 20);
  faults.range('models.maxTokens', models.maxTokens, 100, 200_000);
  faults.range('models.deadline', models.deadline, 500, 30_000);
  if (models.order !== null) faultsOfTexts(faults, 'models.order', models.order, 20, 200);
  for (const [name, most] of Object.entries(budget.perDay)) {
    if (most !== null) faults.range(`budget.perDay.${name}`, most, 0, Number.MAX_SAFE_INTEGER);
  }
  faultsOfTexts(faults, 'disclosure.traits', disclosure.traits, 50, 100);
  faultsOfCompliance(faults, 'compliance', compliance);
  return faults;
}

function faultsOfTexts(
  faults: Faults,
  path: string,
  texts: readonly string[],
  most: number,
  longest: number,
): void {
  faults.list(path, texts, 0, most);
  for (const [index, text] of texts.entries()) faults.text(`${path}.${index}`, text, 1, longest);
}
