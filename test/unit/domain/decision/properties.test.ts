import t from 'tap';
import type { PastHelp, PersonFacts } from '../../../../src/domain/decision/commands.js';
import { partAt, placeAmongAll } from '../../../../src/domain/decision/share.js';
import { weigh } from '../../../../src/domain/decision/weigh.js';
import type { HelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';
import { day, ground, hour, minute, noon, somebody, strategy } from '../../../support/decisions.js';
import { seededRandom } from '../../../support/seededRandom.js';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const channels = ['in_app', 'email', 'sms', 'push', 'webhook'] as const;

function pseudonyms(count: number, random: (bound: number) => number): string[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 32 }, () => random(16).toString(16)).join(''),
  );
}

t.test(`nobody is ever sent more than a limit allows, in any window (SEED=${seed})`, async (t) => {
  const random = seededRandom(seed);
  const quietHours = { from: '21:00', to: '08:00', channels: ['sms', 'push'], timeZone: 'UTC' } as const;
  const fatigue: HelpPolicy['fatigue'] = [
    { channel: 'any', window: day, limit: 5 },
    { channel: 'any', window: hour, limit: 3 },
    { channel: 'email', window: 2 * day, limit: 4 },
  ];
  const policy = { ...ground().policy, fatigue, quietHours };
  let sent = 0;
  for (let run = 0; run < 30; run += 1) {
    const history: PastHelp[] = [];
    let now = noon;
    for (let step = 0; step < 120; step += 1) {
      now += random(90) * minute;
      // Deliveries turn out: over the channel first in line or a later one, or not at all.
      const pending = history.findIndex(({ status }) => status === 'pending');
      const before = history[pending];
      if (before !== undefined && random(2) === 0) {
        const channel = before.channels[random(before.channels.length)];
        if (channel !== undefined) history[pending] = { ...before, status: 'delivered', channels: [channel] };
      }
      const allowed = channels.filter(() => random(2) === 0);
      if (allowed.length === 0) continue;
      const strategies = [strategy('a', { channels: allowed, cooldown: 0 })];
      const utcOffsets = [{ from: noon - day, offset: 0 }];
      const person: PersonFacts = { ...somebody, history: [...history], utcOffsets };
      const { chosen } = weigh(ground({ strategies, policy, now, causedAt: now, person }));
      if (chosen === null) continue;
      sent += 1;
      history.push({
        ...{ decisionId: `d${step}`, strategyId: 'a', featureId: null, arm: 'treated', status: 'pending' },
        channels: chosen.channels,
        at: chosen.notBefore ?? now,
      });
    }
    const exceeded: string[] = [];
    for (const { channel, window, limit } of fatigue) {
      for (const { at: end } of history) {
        const within = history.filter(({ at }) => at > end - window && at <= end);
        const weight = within.reduce((sum, help) => {
          const weights = help.channels
            .filter((each) => channel === 'any' || each === channel)
            .map((each) => policy.weights[each]);
          return sum + Math.max(0, ...weights);
        }, 0);
        if (weight > limit) exceeded.push(`${channel} within ${window}: ${weight} of ${limit}`);
      }
    }
    t.same(exceeded, [], `run ${run}`);
  }
  t.ok(sent > 300, `${sent} were sent`);
});

t.test(
  `the holdout is as large as it was asked for, and unrelated between strategies (SEED=${seed})`,
  async (t) => {
    const people = pseudonyms(20_000, seededRandom(seed));
    for (const share of [0.05, 0.1, 0.5]) {
      const held = people.filter((subject) => placeAmongAll(subject, 'a/holdout') < share).length;
      // Five standard deviations.
      const tolerance = 5 * Math.sqrt((share * (1 - share)) / people.length);
      t.ok(Math.abs(held / people.length - share) < tolerance, `${held} for ${share}`);
    }
    const both = people.filter(
      (subject) => placeAmongAll(subject, 'a/holdout') < 0.5 && placeAmongAll(subject, 'b/holdout') < 0.5,
    ).length;
    t.ok(Math.abs(both / people.length - 0.25) < 0.02, `${both} are in both`);
    const consecutive = Array.from({ length: 10_000 }, (_, n) => n.toString(16).padStart(32, '0'));
    const held = consecutive.filter((subject) => placeAmongAll(subject, 'a/holdout') < 0.1).length;
    t.ok(Math.abs(held - 1000) < 150, `${held} of pseudonyms that hardly differ`);
  },
);

t.test('whoever was in a holdout stays in it when it grows', async (t) => {
  for (const subject of pseudonyms(200, seededRandom(seed))) {
    const arm = (holdout: number) =>
      weigh(ground({ subject, strategies: [strategy('a', { holdout })] })).chosen?.arm;
    if (arm(0.1) === 'holdout') t.equal(arm(0.3), 'holdout');
    t.equal(arm(0), 'treated');
  }
});

t.test(`variants are shared out by their weights (SEED=${seed})`, async (t) => {
  const parts = [
    { id: 'a', weight: 1 },
    { id: 'b', weight: 3 },
  ];
  const people = pseudonyms(10_000, seededRandom(seed));
  const ofA = people.filter(
    (subject) => partAt(parts, placeAmongAll(subject, 's/variant'))?.id === 'a',
  ).length;
  t.ok(Math.abs(ofA / people.length - 0.25) < 0.03, `${ofA}`);
  t.equal(partAt([], 0.5), undefined);
});

t.test('the same ground gives the same decision, in whatever order the strategies are given', async (t) => {
  const random = seededRandom(seed);
  const strategies = ['a', 'b', 'c', 'd'].map((id) =>
    strategy(id, { priority: random(3), holdout: 0.3, channels: channels.filter(() => random(2) === 0) }),
  );
  for (const subject of pseudonyms(50, random)) {
    const one = weigh(ground({ subject, strategies }));
    const other = weigh(ground({ subject, strategies: [...strategies].sort(() => random(3) - 1) }));
    t.strictSame(one, other);
  }
});
