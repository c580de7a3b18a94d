import t from 'tap';
import {
  type GroundPorts,
  gatherGround,
  type KnownPerson,
} from '../../../../src/commands/help/decisionGround.js';
import type { Permission } from '../../../../src/domain/consent/policy.js';
import { weigh } from '../../../../src/domain/decision/weigh.js';
import type { HelpChannel, StrategyDefinition } from '../../../../src/domain/strategy/definition.js';
import { ground, noon, strategy } from '../../../support/decisions.js';

const position = { commit: 7n, prepare: 7n };
const allowed: Permission = { allowed: true, consentEventId: null };
const withdrawn: Permission = { allowed: false, reason: 'withdrawn', consentEventId: null };

const stranger: KnownPerson = {
  ...{ standing: null, preferredChannels: [], history: [], timeZone: null },
  addressed: new Set<HelpChannel>(['in_app', 'webhook']),
};
const ada: KnownPerson = {
  ...stranger,
  standing: { segment: 'new_user', riskLevel: 'LOW', stage: 'onboarding' },
  addressed: new Set<HelpChannel>(['in_app', 'webhook', 'email']),
};

/** What is decided about Ada, whom the profiles do not know before they were waited for. */
async function decided(
  definition: Partial<StrategyDefinition>,
  {
    seen = true,
    suppressed = [],
    ...changed
  }: { readonly seen?: boolean; readonly suppressed?: readonly HelpChannel[] } & Partial<GroundPorts> = {},
  hasPlace = true,
) {
  let waits = 0;
  const ports: GroundPorts = {
    permissionFor: async () => allowed,
    personOf: async () => (waits > 0 && seen ? ada : stranger),
    suppressedFor: async () => new Set(waits > 0 ? suppressed : []),
    served: new Set(['in_app', 'email']),
    profiles: {
      hasSeen: () => false,
      async waitFor() {
        waits += 1;
        return seen;
      },
    },
    ...changed,
  };
  const { subject, cause, policy } = ground();
  const happening = {
    kind: 'struggle',
    on: 'detected',
    signalType: 'error_pattern',
    featureId: 'upload',
    severity: 'medium',
  } as const;
  const occasion = { tenantId: 'default', subject, cause, happening, causedAt: noon };
  const placed = hasPlace ? { ...occasion, place: { position, since: noon } } : occasion;
  const gathered = await gatherGround(ports, placed, [strategy('a', definition)], policy, noon);
  const { candidates, chosen } = weigh(gathered);
  return { waits, channels: chosen?.channels, candidate: candidates[0] };
}

t.test('an address that was said a moment ago is waited for', async (t) => {
  t.match(await decided({ channels: ['email', 'in_app'] }), { waits: 1, channels: ['email', 'in_app'] });
  const suppressed = ['email'] as const;
  t.match(await decided({ channels: ['email', 'in_app'] }, { suppressed }), {
    ...{ waits: 1, channels: ['in_app'] },
    candidate: { channels: [{ channel: 'email', reasons: [{ code: 'suppressed' }] }, { channel: 'in_app' }] },
  });
});

t.test('so is what a strategy makes a condition of', async (t) => {
  t.match(await decided({ conditions: { stages: ['onboarding'] } }), { waits: 1, channels: ['in_app'] });
});

t.test('a profile that stays behind stops no help, and the decision says so', async (t) => {
  const { waits, channels, candidate } = await decided({ channels: ['email', 'in_app'] }, { seen: false });
  t.strictSame([waits, channels], [1, ['in_app']]);
  const behind = { profileBehind: true };
  t.strictSame(candidate?.channels.find(({ channel }) => channel === 'email')?.reasons, [
    { code: 'no-address', facts: behind },
  ]);
  const conditions = { segments: ['new_user'], riskLevels: ['LOW'], stages: ['onboarding'] } as const;
  t.match((await decided({ conditions }, { seen: false })).candidate?.reasons, [
    { code: 'other-segment', facts: { is: null, ...behind } },
    { code: 'other-risk-level', facts: { is: null, ...behind } },
    { code: 'other-stage', facts: { is: null, ...behind } },
  ]);
});

t.test('nobody waits for what makes no difference', async (t) => {
  const email = { channels: ['email', 'in_app'] } as const;
  const cases: readonly (readonly [string, Awaited<ReturnType<typeof decided>>])[] = [
    ['the app needs no address', await decided({ channels: ['in_app'] })],
    ['all is known', await decided(email, { personOf: async () => ada })],
    ['there is no provider', await decided(email, { served: new Set<HelpChannel>(['in_app']) })],
    [
      'the person does not want it',
      await decided(email, {
        permissionFor: async (_t, _s, channel) => (channel === 'email' ? withdrawn : allowed),
      }),
    ],
    [
      'the profile is not behind',
      await decided(email, { profiles: { hasSeen: () => true, waitFor: async () => t.fail('it waits') } }),
    ],
    ['the cause has no place', await decided(email, {}, false)],
  ];
  for (const [why, { waits, channels }] of cases) {
    t.equal(waits, 0, why);
    t.ok(channels?.includes('in_app'), why);
  }
});
