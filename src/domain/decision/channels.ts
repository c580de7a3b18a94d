import type { ConsentChannel } from '../consent/events.js';
import type { FatigueLimit } from '../helpPolicy/policy.js';
import type { CandidateStrategy, DecisionGround, PastHelp, PersonFacts } from './commands.js';
import type { DecisionCandidate, DecisionReason } from './events.js';
import { quietUntil } from './quietHours.js';

export interface ChannelPlan {
  /** All of the strategy's, in the order they would be tried, with what speaks against each. */
  readonly verdicts: DecisionCandidate['channels'];
  /** Those to be used. */
  readonly channels: readonly ConsentChannel[];
  /** Epoch milliseconds; null for at once. */
  readonly notBefore: number | null;
}

/** Answers below this share of enough messages put a channel last. */
const poorRate = 0.1;
const enough = 5;

/**
 * Which channels can be used now. Where all that could be used have quiet hours, the message waits for their end, unless
 * it is worth nothing by then.
 */
export function planChannels(
  { definition }: CandidateStrategy,
  ground: DecisionGround,
  person: PersonFacts,
): ChannelPlan {
  const expiresAt = ground.now + definition.expiresAfter;
  const verdicts = inOrder(definition.channels, person).map((channel) => {
    const reasons = reasonsAgainst(channel, ground, person);
    const until = quietEnd(channel, ground, person);
    if (until === undefined) return { channel, reasons, until: null };
    const quiet = { code: 'quiet-hours', facts: { until, expiresAt } };
    return { channel, reasons: [...reasons, quiet], until };
  });
  const now = verdicts.filter(({ reasons }) => reasons.length === 0);
  const later = verdicts.filter(
    ({ reasons, until }) => reasons.length === 1 && until !== null && until < expiresAt,
  );
  const used = now.length > 0 ? now : later;
  return {
    verdicts: verdicts.map((verdict) => ({
      channel: verdict.channel,
      allowed: used.includes(verdict),
      reasons: verdict.reasons,
    })),
    channels: used.map(({ channel }) => channel),
    notBefore: now.length > 0 ? null : (later[0]?.until ?? null),
  };
}

function reasonsAgainst(
  channel: ConsentChannel,
  { policy, now }: DecisionGround,
  { permissions, unreachable, history }: PersonFacts,
): DecisionReason[] {
  const reasons: DecisionReason[] = [];
  const permission = permissions.get(channel);
  if (permission?.allowed === false) {
    const { reason, consentEventId } = permission;
    reasons.push({ code: 'no-consent', facts: { reason, consentEventId } });
  }
  const obstacle = unreachable.get(channel);
  if (obstacle !== undefined) reasons.push({ code: obstacle });
  for (const limit of policy.fatigue) {
    if (limit.channel !== 'any' && limit.channel !== channel) continue;
    const sent = weightSent(limit, policy.weights, history, now);
    if (sent + policy.weights[channel] > limit.limit) {
      const { window, limit: most } = limit;
      reasons.push({ code: 'fatigue', facts: { counted: limit.channel, window, sent, limit: most } });
    }
  }
  return reasons;
}

/**
 * What was sent in the window, and what is still to be sent. Of a message whose channel is not settled, the heaviest that
 * it can take: the limit holds whatever becomes of it.
 */
function weightSent(
  { channel, window }: FatigueLimit,
  weights: DecisionGround['policy']['weights'],
  history: readonly PastHelp[],
  now: number,
): number {
  let sum = 0;
  for (const { arm, status, channels, at } of history) {
    if (arm === 'holdout' || status === 'failed' || status === 'withheld' || at <= now - window) continue;
    const counted = channels.filter((each) => channel === 'any' || each === channel);
    sum += Math.max(0, ...counted.map((each) => weights[each]));
  }
  return sum;
}

function quietEnd(
  channel: ConsentChannel,
  { policy: { quietHours }, now }: DecisionGround,
  { utcOffsets }: PersonFacts,
): number | undefined {
  return quietHours?.channels.includes(channel) ? quietUntil(quietHours, utcOffsets, now) : undefined;
}

/**
 * First what the person prefers, in their order; then as the tenant has it, but last of all what the person hardly ever
 * answers.
 */
function inOrder(
  allowed: readonly ConsentChannel[],
  { preferredChannels, history }: PersonFacts,
): readonly ConsentChannel[] {
  const rank = (channel: ConsentChannel) => {
    const preferred = preferredChannels.indexOf(channel);
    if (preferred >= 0) return preferred;
    return preferredChannels.length + (isPoor(channel, history) ? 1 : 0);
  };
  // The sort is stable: what ranks the same stays in the tenant's order.
  return [...allowed].sort((a, b) => rank(a) - rank(b));
}

function isPoor(channel: ConsentChannel, history: readonly PastHelp[]): boolean {
  let sent = 0;
  let answered = 0;
  for (const { channels, status } of history) {
    if (channels[0] !== channel || status === 'pending' || status === 'failed' || status === 'withheld')
      continue;
    sent += 1;
    if (status === 'answered') answered += 1;
  }
  return sent >= enough && answered / sent < poorRate;
}
