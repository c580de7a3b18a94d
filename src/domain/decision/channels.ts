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

/** What holds for a channel whichever strategy would use it. */
interface Judged {
  readonly channel: ConsentChannel;
  readonly reasons: readonly DecisionReason[];
  /** When its quiet hours end, epoch milliseconds; null outside of them. */
  readonly until: number | null;
  /** The lower, the sooner it is tried. */
  readonly rank: number;
}

/** Looks at each channel once, however many strategies ask. */
export type JudgeChannel = (channel: ConsentChannel) => Judged;

export function judgeOf(ground: DecisionGround, person: PersonFacts): JudgeChannel {
  const known = new Map<ConsentChannel, Judged>();
  return (channel) => {
    const judged = known.get(channel) ?? {
      channel,
      reasons: reasonsAgainst(channel, ground, person),
      until: quietEnd(channel, ground, person) ?? null,
      rank: rankOf(channel, person),
    };
    known.set(channel, judged);
    return judged;
  };
}

/**
 * Which channels can be used now. Where all that could be used have quiet hours, the message waits for their end, unless
 * it is worth nothing by then.
 */
export function planChannels(
  { definition }: CandidateStrategy,
  { now }: Pick<DecisionGround, 'now'>,
  judge: JudgeChannel,
): ChannelPlan {
  const expiresAt = now + definition.expiresAfter;
  // The sort is stable: what ranks the same stays in the tenant's order.
  const judged = definition.channels.map(judge).sort((a, b) => a.rank - b.rank);
  const free = judged.filter(({ reasons }) => reasons.length === 0);
  const atOnce = free.filter(({ until }) => until === null);
  const used = atOnce.length > 0 ? atOnce : free.filter(({ until }) => until !== null && until < expiresAt);
  return {
    verdicts: judged.map((each) => ({
      channel: each.channel,
      allowed: used.includes(each),
      reasons: each.until === null ? each.reasons : [...each.reasons, quiet(each.until, expiresAt)],
    })),
    channels: used.map(({ channel }) => channel),
    notBefore: used[0]?.until ?? null,
  };
}

function quiet(until: number, expiresAt: number): DecisionReason {
  return { code: 'quiet-hours', facts: { until, expiresAt } };
}

function reasonsAgainst(
  channel: ConsentChannel,
  { policy, now }: DecisionGround,
  { permissions, unreachable, history, profileBehind }: PersonFacts,
): DecisionReason[] {
  const reasons: DecisionReason[] = [];
  const permission = permissions.get(channel);
  if (permission?.allowed === false) {
    const { reason, consentEventId } = permission;
    reasons.push({ code: 'no-consent', facts: { reason, consentEventId } });
  }
  const obstacle = unreachable.get(channel);
  if (obstacle !== undefined) {
    const mayHavePassed = profileBehind && obstacle !== 'no-provider';
    reasons.push({ code: obstacle, ...(mayHavePassed && { facts: { profileBehind } }) });
  }
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
function rankOf(channel: ConsentChannel, { preferredChannels, history }: PersonFacts): number {
  const preferred = preferredChannels.indexOf(channel);
  if (preferred >= 0) return preferred;
  return preferredChannels.length + (isPoor(channel, history) ? 1 : 0);
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
