import { type ChannelPlan, type JudgeChannel, judgeOf, planChannels } from './channels.js';
import type { CandidateStrategy, DecisionGround, PersonFacts } from './commands.js';
import type { ChosenStrategy, DecisionCandidate, DecisionReason } from './events.js';
import { partAt, placeAmongAll } from './share.js';

export interface Weighed {
  /** Every strategy that waited for it, the chosen one first, with all that speaks against it. */
  readonly candidates: readonly DecisionCandidate[];
  readonly chosen: ChosenStrategy | null;
}

interface Examined {
  readonly strategy: CandidateStrategy;
  readonly reasons: readonly DecisionReason[];
  readonly plan: ChannelPlan;
}

const noPlan: ChannelPlan = { verdicts: [], channels: [], notBefore: null };

/**
 * What is done about a cause: of the strategies that nothing speaks against the one of the highest priority, and of equals
 * the first by id. A person in its holdout gets nothing of the others either, so that the comparison stays clean.
 */
export function weigh(ground: DecisionGround): Weighed {
  const judge = ground.person === null ? undefined : judgeOf(ground, ground.person);
  const examined = [...ground.strategies]
    .sort((a, b) => b.definition.priority - a.definition.priority || (a.id < b.id ? -1 : 1))
    .map((strategy) => examine(strategy, ground, judge));
  const first = examined.find(({ reasons }) => reasons.length === 0);
  if (first === undefined) return { candidates: examined.map(refused), chosen: null };
  const { strategy, plan } = first;
  const place = placeAmongAll(ground.subject, `${strategy.id}/holdout`);
  const isHoldout = place < strategy.definition.holdout;
  const candidates = examined
    .filter((each) => each !== first)
    .map((each) =>
      each.reasons.length > 0
        ? refused(each)
        : { ...refused(each), outcome: 'outranked' as const, reasons: [outrankedBy(strategy)] },
    );
  return {
    candidates: [
      {
        ...refused(first),
        outcome: isHoldout ? 'holdout' : 'chosen',
        reasons: isHoldout ? [{ code: 'holdout', facts: { share: strategy.definition.holdout } }] : [],
      },
      ...candidates,
    ],
    chosen: choose(strategy, plan, isHoldout, ground),
  };
}

function choose(
  { id, version, definition }: CandidateStrategy,
  { channels, notBefore }: ChannelPlan,
  isHoldout: boolean,
  { subject, now, person }: DecisionGround,
): ChosenStrategy {
  const { variants, goal, goalWindow, expiresAfter } = definition;
  const [channel] = channels;
  const permission = channel === undefined ? undefined : person?.permissions.get(channel);
  return {
    strategyId: id,
    strategyVersion: version,
    variant: partAt(variants, placeAmongAll(subject, `${id}/variant`))?.id ?? null,
    channels: isHoldout ? [] : channels,
    notBefore: isHoldout ? null : notBefore,
    expiresAt: now + expiresAfter,
    arm: isHoldout ? 'holdout' : 'treated',
    goal,
    goalWindow,
    consentEventId: permission?.consentEventId ?? null,
  };
}

/** Everything that speaks against it, not only the first: who asks why should not have to ask again. */
function examine(
  strategy: CandidateStrategy,
  ground: DecisionGround,
  judge: JudgeChannel | undefined,
): Examined {
  const reasons = reasonsForNobody(ground);
  const { person } = ground;
  if (person === null || judge === undefined) return { strategy, reasons, plan: noPlan };
  reasons.push(...reasonsOfPerson(strategy, ground, person));
  const plan = planChannels(strategy, ground, judge);
  if (plan.channels.length === 0) reasons.push({ code: 'no-channel' });
  return { strategy, reasons, plan };
}

/** What speaks against helping whoever it is about: asked before anything is read about them. */
export function reasonsForNobody({
  policy: { enabled, staleAfter },
  now,
  causedAt,
}: Pick<DecisionGround, 'policy' | 'now' | 'causedAt'>): DecisionReason[] {
  const reasons: DecisionReason[] = [];
  if (!enabled) reasons.push({ code: 'disabled' });
  if (now - causedAt > staleAfter)
    reasons.push({ code: 'stale', facts: { age: now - causedAt, staleAfter } });
  return reasons;
}

function reasonsOfPerson(
  { id, definition: { conditions, cooldown } }: CandidateStrategy,
  { cause, now }: DecisionGround,
  { resolved, standing, history, profileBehind }: PersonFacts,
): DecisionReason[] {
  const reasons: DecisionReason[] = [];
  const { segments, riskLevels, stages } = conditions;
  const behind = profileBehind && { profileBehind };
  if (segments !== undefined && !segments.some((each) => each === standing?.segment))
    reasons.push({ code: 'other-segment', facts: { is: standing?.segment ?? null, ...behind } });
  if (riskLevels !== undefined && !riskLevels.some((each) => each === standing?.riskLevel))
    reasons.push({ code: 'other-risk-level', facts: { is: standing?.riskLevel ?? null, ...behind } });
  if (stages !== undefined && !stages.some((each) => each === standing?.stage))
    reasons.push({ code: 'other-stage', facts: { is: standing?.stage ?? null, ...behind } });
  if (resolved) reasons.push({ code: 'resolved' });
  // The holdout waits out the cooldown as if helped, so that both arms are decided about as often.
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, status, featureId, strategyId } of history) {
    const isSame = cause.featureId === null ? strategyId === id : featureId === cause.featureId;
    if (isSame && status !== 'failed' && status !== 'withheld') last = Math.max(last, at);
  }
  const since = now - last;
  if (since < cooldown) reasons.push({ code: 'cooldown', facts: { since, cooldown } });
  return reasons;
}

function refused({ strategy, reasons, plan }: Examined): DecisionCandidate {
  const { id: strategyId, version: strategyVersion } = strategy;
  return { strategyId, strategyVersion, outcome: 'refused', reasons, channels: plan.verdicts };
}

function outrankedBy({ id: by, definition: { priority } }: CandidateStrategy): DecisionReason {
  return { code: 'outranked', facts: { by, priority } };
}
