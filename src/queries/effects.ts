import type { DocumentCursor, DocumentPage } from '../documentStore/documentStore.js';
import { liftOf, sampleSize, shareOf } from '../domain/decision/lift.js';
import {
  type DecisionDocument,
  decisionsCollection,
  type personResponses,
} from '../projections/decisions/document.js';
import type { Effect, EffectGroup, Effects } from './models/effect.js';
import type { View } from './view.js';

export interface EffectsRequest {
  readonly strategy: string;
  /** Of the decisions; epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly groupBy: EffectGroup | undefined;
  /** Only decisions under this version of the strategy. */
  readonly version?: number;
  readonly now: number;
}

const decisionsAtATime = 500;
/** Counted at most: some hundred milliseconds of work. */
const mostDecisions = 20_000;
const mostGroups = 200;

interface ArmTally {
  count: number;
  reached: number;
  open: number;
}

interface Tally {
  readonly treated: ArmTally;
  readonly holdout: ArmTally;
  delivered: number;
  readonly responses: Record<(typeof personResponses)[number], number>;
}

/**
 * What a strategy's help changed. Everybody counts in the arm they were drawn into, whatever became of the message: who did
 * not get it, or did not look, would otherwise be missing from one arm alone.
 */
export async function readEffects(view: View, request: EffectsRequest): Promise<Effects> {
  const total = emptyTally();
  const groups = new Map<string, Tally>();
  let considered = 0;
  let after: DocumentCursor | undefined;
  do {
    const page = await decisionsOf(view, request, after);
    for (const decision of page.documents) {
      considered += 1;
      if (request.version !== undefined && decision.chosen?.strategyVersion !== request.version) continue;
      count(total, decision, request.now);
      if (request.groupBy !== undefined) countIn(groups, decision, request.groupBy, request.now);
    }
    after = page.next;
  } while (after !== undefined && considered < mostDecisions);
  return {
    strategy: request.strategy,
    considered,
    complete: after === undefined,
    total: toEffect(null, total, total.holdout),
    groups: [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, tally]) =>
        toEffect(group, tally, isDrawnWithin(request.groupBy) ? tally.holdout : total.holdout),
      ),
  };
}

/** Of a version or a day each has a holdout of its own; a channel, variant or author exists for the treated alone. */
function isDrawnWithin(groupBy: EffectGroup | undefined): boolean {
  return groupBy === 'version' || groupBy === 'day';
}

function decisionsOf(
  { documents, tenantId }: View,
  { strategy: strategyId, from, to }: EffectsRequest,
  after: DocumentCursor | undefined,
): Promise<DocumentPage<DecisionDocument>> {
  return documents.find<DecisionDocument>(decisionsCollection.name, {
    where: { tenantId, strategyId, decidedAt: { gte: from, lt: to } },
    sort: { field: 'decidedAt', direction: 'desc' },
    limit: decisionsAtATime,
    ...(after && { after }),
  });
}

function countIn(
  groups: Map<string, Tally>,
  decision: DecisionDocument,
  groupBy: EffectGroup,
  now: number,
): void {
  const group = groupOf(decision, groupBy);
  if (group === null) return;
  const tally = groups.get(group) ?? emptyTally();
  if (!groups.has(group) && groups.size >= mostGroups) return;
  groups.set(group, tally);
  count(tally, decision, now);
}

function groupOf({ chosen, channel, author, decidedAt }: DecisionDocument, by: EffectGroup): string | null {
  switch (by) {
    case 'version':
      return chosen === null ? null : `${chosen.strategyVersion}`;
    case 'variant':
      return chosen?.arm === 'treated' ? (chosen.variant ?? 'none') : null;
    case 'channel':
      return channel;
    case 'author':
      return author === null ? null : `${author.kind} ${author.name} ${author.version}`;
    case 'day':
      return new Date(decidedAt).toISOString().slice(0, 10);
  }
}

function count(
  tally: Tally,
  { chosen, outcome, decidedAt, channel, responses }: DecisionDocument,
  now: number,
): void {
  if (chosen === null) return;
  const arm = tally[chosen.arm];
  arm.count += 1;
  if (outcome !== null) arm.reached += 1;
  else if (now < decidedAt + chosen.goalWindow) arm.open += 1;
  if (channel !== null) tally.delivered += 1;
  for (const response of responses) tally.responses[response] += 1;
}

function emptyTally(): Tally {
  const arm = () => ({ count: 0, reached: 0, open: 0 });
  return {
    treated: arm(),
    holdout: arm(),
    delivered: 0,
    responses: { opened: 0, seen: 0, clicked: 0, dismissed: 0 },
  };
}

function toEffect(group: string | null, { treated, delivered, responses }: Tally, holdout: ArmTally): Effect {
  return {
    group,
    treated: toArm(treated),
    holdout: toArm(holdout),
    lift: liftOf(treated, holdout) ?? null,
    sample: sampleSize(treated, holdout),
    delivered,
    responses,
  };
}

function toArm(arm: ArmTally): Effect['treated'] {
  const share = shareOf(arm);
  return { ...arm, rate: share?.rate ?? null, low: share?.low ?? null, high: share?.high ?? null };
}
