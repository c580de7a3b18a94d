import t from 'tap';
import type { DecisionGround, PersonFacts } from '../../../../src/domain/decision/commands.js';
import { weigh } from '../../../../src/domain/decision/weigh.js';
import type { defaultHelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';
import { day, earlier, ground, hour, minute, noon, somebody, strategy } from '../../../support/decisions.js';

function person(changed: Partial<PersonFacts>): Partial<DecisionGround> {
  return { person: { ...somebody, ...changed } };
}

/** The codes that spoke against the only strategy, its channels' among them. */
function against(changed: Partial<DecisionGround>): string[] {
  const { candidates, chosen } = weigh(ground(changed));
  const codes = candidates.flatMap(({ reasons, channels }) => [
    ...reasons.map(({ code }) => code),
    ...channels.flatMap((each) => each.reasons.map(({ code }) => code)),
  ]);
  if (chosen !== null && codes.length > 0) throw new Error('something was chosen that was spoken against');
  return codes;
}

t.test(
  'where nothing speaks against it the strategy is chosen, with all that is needed to act on it',
  async (t) => {
    t.strictSame(weigh(ground()), {
      candidates: [
        {
          strategyId: 'first-help',
          strategyVersion: 1,
          outcome: 'chosen',
          reasons: [],
          channels: [{ channel: 'in_app', allowed: true, reasons: [] }],
        },
      ],
      chosen: {
        strategyId: 'first-help',
        strategyVersion: 1,
        variant: null,
        channels: ['in_app'],
        notBefore: null,
        expiresAt: noon + 7 * day,
        arm: 'treated',
        goal: { kind: 'struggle-resolved' },
        goalWindow: day,
        consentEventId: null,
      },
    });
  },
);

t.test('each rule refuses by itself, and says so', async (t) => {
  const policy = ground().policy;
  const refused = { allowed: false, reason: 'withdrawn', consentEventId: 'c1' } as const;
  const cases: readonly (readonly [readonly string[], Partial<DecisionGround>])[] = [
    [['disabled'], { policy: { ...policy, enabled: false } }],
    [['stale'], { causedAt: noon - 11 * minute }],
    [['resolved'], person({ resolved: true })],
    [['cooldown'], person({ history: [earlier(hour)] })],
    [['no-channel', 'no-consent'], person({ permissions: new Map([['in_app', refused]]) })],
    [['no-channel', 'no-provider'], person({ unreachable: new Map([['in_app', 'no-provider']]) })],
    [['no-channel', 'no-address'], person({ unreachable: new Map([['in_app', 'no-address']]) })],
    [['no-channel', 'suppressed'], person({ unreachable: new Map([['in_app', 'suppressed']]) })],
    [
      ['no-channel', 'fatigue'],
      { policy: { ...policy, fatigue: [{ channel: 'any', window: day, limit: 0.5 }] } },
    ],
    [['other-segment'], { strategies: [strategy('a', { conditions: { segments: ['churned'] } })] }],
    [['other-risk-level'], { strategies: [strategy('a', { conditions: { riskLevels: ['HIGH'] } })] }],
    [['other-stage'], { strategies: [strategy('a', { conditions: { stages: ['dormant'] } })] }],
  ];
  for (const [codes, changed] of cases) t.strictSame(against(changed), codes, codes.join());
});

t.test('all that speaks against a strategy is recorded, not only the first', async (t) => {
  t.strictSame(against({ causedAt: noon - day, ...person({ resolved: true, history: [earlier(hour)] }) }), [
    'stale',
    'resolved',
    'cooldown',
  ]);
});

t.test('of a person who was not asked about only what holds for everybody is said', async (t) => {
  t.strictSame(against({ causedAt: noon - day, person: null }), ['stale']);
});

t.test('somebody without a profile meets no condition', async (t) => {
  const strategies = [strategy('a', { conditions: { segments: ['new_user'], stages: ['onboarding'] } })];
  t.strictSame(against({ strategies, ...person({ standing: null }) }), ['other-segment', 'other-stage']);
});

t.test('the cooldown is of the person and feature, whichever strategy helped and in both arms', async (t) => {
  const history = (...past: Parameters<typeof earlier>[]) =>
    person({ history: past.map((each) => earlier(...each)) });
  t.strictSame(against(history([hour, { strategyId: 'another' }])), ['cooldown']);
  t.strictSame(against(history([hour, { arm: 'holdout', channels: [] }])), ['cooldown']);
  t.strictSame(against(history([hour, { featureId: 'search' }])), []);
  t.strictSame(against(history([day])), []);
  t.strictSame(against(history([hour, { status: 'failed' }], [hour, { status: 'withheld' }])), []);
});

t.test('where no feature is concerned, the cooldown is of the person and strategy', async (t) => {
  const cause = {
    trigger: 'risk',
    struggleId: null,
    featureId: null,
    signalType: null,
    severity: null,
  } as const;
  t.strictSame(against({ cause, ...person({ history: [earlier(hour)] }) }), ['cooldown']);
  t.strictSame(against({ cause, ...person({ history: [earlier(hour, { strategyId: 'another' })] }) }), []);
});

t.test(
  'of several the highest priority is chosen, of equals the first by id, in any order given',
  async (t) => {
    const all = [
      strategy('c', { priority: 10 }),
      strategy('b'),
      strategy('a'),
      strategy('d', { priority: 49 }),
    ];
    for (const strategies of [all, [...all].reverse()]) {
      const { chosen, candidates } = weigh(ground({ strategies }));
      t.equal(chosen?.strategyId, 'a');
      t.strictSame(
        candidates.map(({ strategyId, outcome }) => `${strategyId} ${outcome}`),
        ['a chosen', 'b outranked', 'd outranked', 'c outranked'],
      );
      t.strictSame(candidates[1]?.reasons, [{ code: 'outranked', facts: { by: 'a', priority: 50 } }]);
    }
  },
);

t.test('a strategy that is refused does not stand in the way of the next', async (t) => {
  const strategies = [
    strategy('a', { priority: 90, conditions: { segments: ['churned'] } }),
    strategy('b', { priority: 10 }),
  ];
  const { chosen, candidates } = weigh(ground({ strategies }));
  t.equal(chosen?.strategyId, 'b');
  t.match(candidates, [
    { strategyId: 'b', outcome: 'chosen' },
    { strategyId: 'a', outcome: 'refused', reasons: [{ code: 'other-segment' }] },
  ]);
});

t.test('a person in the holdout gets nothing, of the other strategies neither', async (t) => {
  const strategies = [strategy('a', { priority: 90, holdout: 0.5 }), strategy('b')];
  const arms = new Set<string>();
  for (let n = 0; n < 20; n += 1) {
    const subject = n.toString(16).padStart(32, '0');
    const { chosen, candidates } = weigh(ground({ subject, strategies }));
    arms.add(chosen?.arm ?? 'none');
    t.equal(chosen?.strategyId, 'a');
    if (chosen?.arm !== 'holdout') continue;
    t.match(chosen, { channels: [], notBefore: null, expiresAt: noon + 7 * day, goalWindow: day });
    t.match(candidates, [
      { strategyId: 'a', outcome: 'holdout', reasons: [{ code: 'holdout', facts: { share: 0.5 } }] },
      { strategyId: 'b', outcome: 'outranked' },
    ]);
  }
  t.strictSame(arms, new Set(['treated', 'holdout']));
});

t.test(
  'channels are tried as the person prefers, then as the tenant has it, the unanswered last',
  async (t) => {
    const strategies = [strategy('a', { channels: ['email', 'sms', 'push', 'in_app'] })];
    const channels = (changed: Partial<PersonFacts>) =>
      weigh(ground({ strategies, ...person(changed) })).chosen?.channels;
    t.strictSame(channels({}), ['email', 'sms', 'push', 'in_app']);
    t.strictSame(channels({ preferredChannels: ['in_app', 'webhook', 'push'] }), [
      'in_app',
      'push',
      'email',
      'sms',
    ]);
    const email = { featureId: 'search', channels: ['email'] } as const;
    const unanswered = Array.from({ length: 5 }, (_, at) => earlier(at + 1, email));
    t.strictSame(channels({ history: unanswered }), ['sms', 'push', 'in_app', 'email']);
    t.strictSame(
      channels({ history: unanswered.slice(1) }),
      ['email', 'sms', 'push', 'in_app'],
      'too few to tell',
    );
    t.strictSame(channels({ history: [...unanswered, earlier(9, { ...email, status: 'answered' })] }), [
      'email',
      'sms',
      'push',
      'in_app',
    ]);
    t.strictSame(channels({ unreachable: new Map([['email', 'no-address']]) }), ['sms', 'push', 'in_app']);
  },
);

t.test('the consent that allowed the first channel is named', async (t) => {
  const permissions = new Map([['in_app', { allowed: true, consentEventId: 'c7' }]] as const);
  t.equal(weigh(ground(person({ permissions }))).chosen?.consentEventId, 'c7');
});

t.test('limits count by weight, channel and window', async (t) => {
  const strategies = [strategy('a', { channels: ['email', 'in_app'] })];
  const limited = (fatigue: typeof defaultHelpPolicy.fatigue, history: PersonFacts['history']) => {
    const policy = { ...ground().policy, fatigue };
    return weigh(ground({ strategies, policy, ...person({ history }) })).candidates[0]?.channels;
  };
  const elsewhere = { featureId: 'search' };
  const ofEmail = [{ channel: 'email', window: day, limit: 4 }] as const;
  const mail = (ago: number) => earlier(ago, { ...elsewhere, channels: ['email'] });
  // An e-mail weighs 2.
  t.match(limited(ofEmail, [mail(hour)]), [{ allowed: true }, { allowed: true }]);
  t.match(limited(ofEmail, [mail(hour), mail(2 * hour)]), [
    {
      channel: 'email',
      allowed: false,
      reasons: [{ code: 'fatigue', facts: { counted: 'email', window: day, sent: 4, limit: 4 } }],
    },
    { channel: 'in_app', allowed: true },
  ]);
  t.match(
    limited(ofEmail, [mail(hour), mail(day)]),
    [{ allowed: true }, { allowed: true }],
    'out of the window',
  );
  const ofAny = [{ channel: 'any', window: day, limit: 5 }] as const;
  t.match(limited(ofAny, [mail(hour), mail(2 * hour)]), [{ allowed: false }, { allowed: true }]);
  t.match(limited(ofAny, [mail(hour), earlier(hour, { ...elsewhere, arm: 'holdout', channels: [] })]), [
    { allowed: true },
    { allowed: true },
  ]);
});

t.test(
  'where the only channels are quiet the message waits for the morning, unless it is worth nothing by then',
  async (t) => {
    const night = noon + 11 * hour;
    const quietHours = { from: '22:00', to: '07:30', channels: ['sms'], timeZone: 'UTC' } as const;
    const at = (channels: readonly ('sms' | 'in_app')[], expiresAfter: number) =>
      weigh(
        ground({
          strategies: [strategy('a', { channels, expiresAfter })],
          ...{ policy: { ...ground().policy, quietHours }, now: night, causedAt: night },
        }),
      );
    const until = Date.parse('2026-03-03T07:30:00Z');
    t.match(at(['sms'], day), {
      chosen: { channels: ['sms'], notBefore: until },
      candidates: [{ channels: [{ allowed: true, reasons: [{ code: 'quiet-hours', facts: { until } }] }] }],
    });
    t.match(at(['sms', 'in_app'], day), { chosen: { channels: ['in_app'], notBefore: null } });
    t.match(at(['sms'], hour), {
      chosen: null,
      candidates: [{ outcome: 'refused', reasons: [{ code: 'no-channel' }], channels: [{ allowed: false }] }],
    });
  },
);
