import type { ChosenStrategy, DecisionCandidate, DecisionReason } from '../domain/decision/events.js';
import { toCandidate, toChosen, toReason } from './decisions.js';
import { inWords, nameOf } from './decisionWords.js';
import type { StrategyTestModel } from './models/strategyTest.js';

/** In the order they are looked at, with the codes of the reasons that each gives. */
const rules: readonly (readonly [rule: string, codes: readonly string[]])[] = [
  ['policy', ['disabled']],
  ['freshness', ['stale']],
  ['conditions', ['other-segment', 'other-risk-level', 'other-stage']],
  ['unresolved', ['resolved']],
  ['cooldown', ['cooldown']],
  ['channels', ['no-channel']],
  ['priority', ['outranked']],
  ['holdout', ['holdout']],
];

/** What was found, rule by rule, and what would be done. */
export function toStrategyTest(found: {
  readonly enabled: boolean;
  readonly trigger: readonly DecisionReason[];
  readonly candidate: DecisionCandidate;
  readonly chosen: ChosenStrategy | null;
}): StrategyTestModel {
  const { enabled, trigger, candidate, chosen } = found;
  const isRefused = candidate.outcome === 'refused';
  return {
    enabled,
    rules: [
      { rule: 'trigger', holds: trigger.length === 0, reasons: trigger.map(toReason) },
      ...rules.map(([rule, codes]) => {
        const reasons = candidate.reasons.filter(({ code }) => codes.includes(code)).map(toReason);
        // Whether it is the first of several, and who would get nothing, is asked only where it comes to that.
        const isAsked = !isRefused || (rule !== 'priority' && rule !== 'holdout');
        return { rule, holds: isAsked ? reasons.length === 0 : null, reasons };
      }),
    ],
    channels: toCandidate(candidate).channels,
    chosen: chosen && toChosen(chosen),
    arm: chosen?.arm ?? null,
    would: whatWouldBeDone(found),
  };
}

function whatWouldBeDone({
  trigger,
  candidate,
  chosen,
}: Pick<Parameters<typeof toStrategyTest>[0], 'trigger' | 'candidate' | 'chosen'>): string {
  if (chosen === null) {
    const reasons = trigger.length > 0 ? trigger : candidate.reasons;
    return ['Nothing.', ...reasons.map(inWords)].join(' ');
  }
  if (chosen.strategyId !== candidate.strategyId)
    return `The strategy ${chosen.strategyId} would help instead.`;
  if (chosen.arm === 'holdout') return ['Nothing.', ...candidate.reasons.map(inWords)].join(' ');
  const over = chosen.channels.map(nameOf).join(', else ');
  const from = chosen.notBefore === null ? 'at once' : `from ${new Date(chosen.notBefore).toISOString()} on`;
  return `A message would go out ${from}, ${over}.`;
}
