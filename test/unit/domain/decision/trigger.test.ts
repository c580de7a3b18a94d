import t from 'tap';
import type { Happening } from '../../../../src/domain/decision/commands.js';
import { triggerReasons } from '../../../../src/domain/decision/trigger.js';
import type { StrategyTrigger } from '../../../../src/domain/strategy/definition.js';
import { strategy } from '../../../support/decisions.js';

const struggle: Happening = {
  ...{ kind: 'struggle', on: 'detected', signalType: 'error_pattern' },
  ...{ featureId: 'upload', severity: 'medium' },
};

function codes(trigger: StrategyTrigger, happening: Happening): string[] {
  return triggerReasons(strategy('a', { trigger }), happening).map(({ code }) => code);
}

t.test('a strategy waits for what its trigger says, and for nothing else', async (t) => {
  const detected = { kind: 'struggle', on: 'detected' } as const;
  const cases: readonly (readonly [string[], StrategyTrigger, Happening])[] = [
    [[], detected, struggle],
    [['other-occasion'], { ...detected, on: 'escalated' }, struggle],
    [
      [],
      { ...detected, signalTypes: ['error_pattern'], features: ['upload'], minSeverity: 'medium' },
      struggle,
    ],
    [['other-signal'], { ...detected, signalTypes: ['rage_clicks'] }, struggle],
    [['other-feature'], { ...detected, features: ['search'] }, struggle],
    [['less-severe'], { ...detected, minSeverity: 'high' }, struggle],
    [[], { ...detected, minSeverity: 'high' }, { ...struggle, severity: 'critical' }],
    [['other-trigger'], detected, { kind: 'event', name: 'Paid' }],
    [[], { kind: 'risk', level: 'MEDIUM' }, { kind: 'risk', level: 'HIGH' }],
    [['less-risk'], { kind: 'risk', level: 'HIGH' }, { kind: 'risk', level: 'MEDIUM' }],
    [[], { kind: 'event', name: 'Paid' }, { kind: 'event', name: 'Paid' }],
    [['other-event'], { kind: 'event', name: 'Paid' }, { kind: 'event', name: 'paid' }],
    [[], { kind: 'request' }, { kind: 'request', strategyId: 'a' }],
    [['other-strategy'], { kind: 'request' }, { kind: 'request', strategyId: 'b' }],
    [[], { kind: 'absence', after: 'A', of: 'B', within: 1 }, { kind: 'absence', strategyId: 'a' }],
  ];
  for (const [expected, trigger, happening] of cases) {
    t.strictSame(
      codes(trigger, happening),
      expected,
      `${JSON.stringify(trigger)} ${JSON.stringify(happening)}`,
    );
  }
});
