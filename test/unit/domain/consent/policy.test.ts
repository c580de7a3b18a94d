import t from 'tap';
import type { ConsentCommand } from '../../../../src/domain/consent/commands.js';
import {
  type ConsentPolicy,
  defaultConsentPolicy,
  mayProcess,
} from '../../../../src/domain/consent/policy.js';
import { commandsFromSignals, signalsIn } from '../../../../src/domain/consent/signals.js';
import { consentAfter, decisionAt, grant, withdraw } from '../../../support/consentDecisions.js';

type Ask = [purpose: Parameters<typeof mayProcess>[2], channel?: Parameters<typeof mayProcess>[3]];

function policyWith(rules: Partial<ConsentPolicy['rules']>): ConsentPolicy {
  return { ...defaultConsentPolicy, rules: { ...defaultConsentPolicy.rules, ...rules } };
}

function ask(given: readonly ConsentCommand[], [purpose, channel]: Ask, policy = defaultConsentPolicy) {
  const answer = mayProcess(consentAfter(given).state, policy, purpose, channel);
  return answer.allowed ? ['allowed', answer.consentEventId] : [answer.reason, answer.consentEventId];
}

const analytics = { purpose: 'analytics' } as const;
const marketing = { purpose: 'marketing' } as const;
const byEmail = { purpose: 'marketing', channel: 'email' } as const;

t.test('without a decision the rule decides', async (t) => {
  t.strictSame(ask([], ['analytics']), ['allowed', null]);
  t.strictSame(ask([], ['analytics'], policyWith({ analytics: 'opt-in' })), ['not-granted', null]);
  t.strictSame(ask([], ['analytics'], policyWith({ analytics: 'necessary-only' })), ['necessary-only', null]);
});

t.test('a decision is named by what it allows or refuses', async (t) => {
  const optIn = policyWith({ analytics: 'opt-in' });
  t.strictSame(ask([grant(1, analytics)], ['analytics'], optIn), ['allowed', 'e1']);
  t.strictSame(ask([grant(1, analytics), withdraw(2, analytics)], ['analytics'], optIn), ['withdrawn', 'e2']);
  t.strictSame(ask([grant(1, analytics)], ['analytics'], policyWith({ analytics: 'necessary-only' })), [
    'necessary-only',
    null,
  ]);
});

t.test('a restriction refuses everything until it is lifted', async (t) => {
  const restrict: ConsentCommand = { type: 'RestrictProcessing', data: decisionAt(3) };
  const lift: ConsentCommand = { type: 'LiftRestriction', data: decisionAt(4) };
  for (const purpose of ['analytics', 'marketing', 'in_app', 'sale'] as const) {
    t.strictSame(ask([grant(5, analytics), restrict], [purpose]), ['restricted', 'e3']);
    t.match(ask([restrict, lift], [purpose]), ['allowed']);
  }
});

t.test('a purpose over a channel needs both', async (t) => {
  t.strictSame(ask([withdraw(1, { purpose: 'email' })], ['marketing', 'email']), ['withdrawn', 'e1']);
  t.strictSame(ask([withdraw(1, { purpose: 'email' })], ['marketing', 'sms']), ['allowed', null]);
  t.strictSame(ask([withdraw(1, marketing)], ['marketing', 'sms']), ['withdrawn', 'e1']);
  t.strictSame(ask([], ['marketing', 'sms'], policyWith({ sms: 'opt-in' })), ['not-granted', null]);
  t.strictSame(ask([grant(1, marketing)], ['marketing', 'sms']), ['allowed', 'e1']);
  t.strictSame(ask([grant(2, { purpose: 'sms' })], ['marketing', 'sms']), ['allowed', 'e2']);
});

t.test(
  'a channel keeps its own withdrawal; a grant for it ends with a later withdrawal of all',
  async (t) => {
    t.strictSame(ask([withdraw(1, byEmail), grant(2, marketing)], ['marketing', 'email']), [
      'withdrawn',
      'e1',
    ]);
    t.strictSame(ask([withdraw(1, byEmail), grant(2, marketing)], ['marketing', 'push']), ['allowed', 'e2']);
    t.strictSame(ask([withdraw(1, marketing), grant(2, byEmail)], ['marketing', 'email']), ['allowed', 'e2']);
    t.strictSame(ask([grant(1, byEmail), withdraw(2, marketing)], ['marketing', 'email']), [
      'withdrawn',
      'e2',
    ]);
  },
);

t.test('sale: a GPC signal counts as long as the person has not decided', async (t) => {
  const asked = (given: readonly ConsentCommand[], gpc: boolean) =>
    mayProcess(consentAfter(given).state, defaultConsentPolicy, 'sale', undefined, { gpc }).allowed;
  const out: ConsentCommand = { type: 'OptOutOfSale', data: decisionAt(1) };
  const back: ConsentCommand = { type: 'AllowSale', data: decisionAt(2) };
  t.equal(asked([], false), true);
  t.equal(asked([], true), false);
  t.equal(asked([out], false), false);
  t.equal(asked([out, back], true), true);
});

t.test('signals of a message are read leniently and recorded once', async (t) => {
  t.equal(signalsIn(undefined, false), undefined);
  t.equal(signalsIn({ gpc: 'true', consent: 'yes' }, false), undefined);
  t.strictSame(signalsIn({ gpc: true }, false), { gpc: true, preferences: [] });
  t.strictSame(signalsIn(undefined, true), { gpc: true, preferences: [] });
  const signals = signalsIn(
    {
      consent: {
        categoryPreferences: {
          Analytics: true,
          performance: false,
          Advertising: true,
          Odd: true,
          functional: 1,
        },
      },
    },
    true,
  );
  t.strictSame(signals, {
    gpc: true,
    preferences: [
      { purpose: 'analytics', granted: false },
      { purpose: 'marketing', granted: true },
    ],
  });
  if (signals === undefined) return;
  const first = commandsFromSignals(signals, consentAfter([]).state, 7);
  t.match(first, [
    { type: 'OptOutOfSale', data: { source: 'gpc', decidedAt: 7 } },
    { type: 'WithdrawConsent', data: { purpose: 'analytics', source: 'sdk' } },
    { type: 'GrantConsent', data: { purpose: 'marketing' } },
  ]);
  t.strictSame(commandsFromSignals(signals, consentAfter(first).state, 8), [], 'the same signals again');
  const decidedSince = [...first, grant(9, analytics)];
  t.strictSame(commandsFromSignals(signals, consentAfter(decidedSince).state, 8), [], 'an older signal');
  t.match(commandsFromSignals(signals, consentAfter(decidedSince).state, 10), [{ type: 'WithdrawConsent' }]);
});
