import type { ChosenStrategy, DecisionCandidate, DecisionReason } from '../domain/decision/events.js';
import {
  type DecisionDocument,
  decisionsCollection,
  interventionOf,
} from '../projections/decisions/document.js';
import { causeInWords, inWords, whyOf } from './decisionWords.js';
import type { ChosenStrategyModel, Decision, DecisionCandidateModel } from './models/decision.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { PersonView } from './person.js';

/** Each decision made about a person, newest first: to help, or not to, and why. */
export async function listDecisions(person: PersonView, page: PageRequest): Promise<Page<Decision>> {
  const found = await person.documents.find<DecisionDocument>(decisionsCollection.name, {
    where: { tenantId: person.tenantId, subject: { in: person.subjects } },
    sort: { field: 'decidedAt', direction: 'desc' },
    ...page,
  });
  return mapPage(found, (document) => toDecision(document, person.profile.userId));
}

function toDecision(document: DecisionDocument, userId: string | null): Decision {
  const { decisionId: id, trigger, struggleId, featureId, signalType, severity, chosen, outcome } = document;
  const interventionId = interventionOf(document);
  return {
    ...{ id, userId, trigger, struggleId, featureId, signalType, severity },
    strategy: strategyOf(document),
    decidedAt: isoTime(document.decidedAt),
    ...verdictOf(document),
    arm: chosen?.arm ?? null,
    chosen: chosen && toChosen(chosen),
    candidates: document.candidates.map(toCandidate),
    interventionId,
    help: interventionId === null ? null : document.help,
    reached: outcome && { goal: outcome.goal, eventId: outcome.eventId, at: isoTime(outcome.at) },
    policyVersion: document.policyVersion,
  };
}

function strategyOf({ chosen, candidates, awaited }: DecisionDocument): string | null {
  if (chosen !== null) return chosen.strategyId;
  if (awaited !== null) return awaited.strategyId;
  return candidates.length === 1 ? (candidates[0]?.strategyId ?? null) : null;
}

function verdictOf(
  document: DecisionDocument,
): Pick<Decision, 'outcome' | 'reasonCode' | 'reason' | 'consentEventId'> {
  const { state, awaited, endedBecause, chosen, candidates, withheld } = document;
  if (state === 'awaiting') {
    const reason = `It is waited for ${awaited?.of} until ${isoTime(awaited?.dueAt ?? document.decidedAt)}.`;
    return { outcome: 'waiting', reasonCode: null, reason, consentEventId: null };
  }
  if (endedBecause !== null) return declined({ code: endedBecause }, null);
  if (withheld !== null) return declined({ code: withheld.reason }, withheld.consentEventId);
  if (chosen?.arm === 'treated') {
    const reason = `${causeInWords(document)}, and the strategy ${chosen.strategyId} had help for it.`;
    return { outcome: 'proposed', reasonCode: null, reason, consentEventId: chosen.consentEventId };
  }
  const [first] = candidates;
  const refusal = first && decisiveOf(first);
  const consentEventId = refusal?.code === 'no-consent' ? refusal.facts?.consentEventId : null;
  const reason =
    candidates.length === 1 || chosen !== null
      ? whyOf(first ?? nothing)
      : candidates.map((each) => `${each.strategyId}: ${whyOf(each)}`).join(' ');
  return {
    ...{ outcome: 'declined', reasonCode: refusal?.code ?? 'no-channel', reason },
    consentEventId: typeof consentEventId === 'string' ? consentEventId : null,
  };
}

const nothing: DecisionCandidate = {
  ...{ strategyId: '', strategyVersion: 0, outcome: 'refused', reasons: [], channels: [] },
};

function declined(reason: DecisionReason, consentEventId: string | null) {
  return {
    outcome: 'declined',
    reasonCode: reason.code,
    reason: inWords(reason),
    consentEventId,
  } as const;
}

/** The first reason, or where no channel is left what stands in the way of the first. */
function decisiveOf({ reasons, channels }: DecisionCandidate): DecisionReason | undefined {
  const [first] = reasons;
  return first?.code === 'no-channel' ? (channels[0]?.reasons[0] ?? first) : first;
}

export function toCandidate(candidate: DecisionCandidate): DecisionCandidateModel {
  const { strategyId, strategyVersion, outcome, reasons, channels } = candidate;
  return {
    ...{ strategyId, strategyVersion, outcome },
    why: whyOf(candidate),
    reasons: reasons.map(toReason),
    channels: channels.map((each) => ({ ...each, reasons: each.reasons.map(toReason) })),
  };
}

export function toReason(reason: DecisionReason) {
  return { code: reason.code, text: inWords(reason), facts: reason.facts ?? {} };
}

export function toChosen(chosen: ChosenStrategy): ChosenStrategyModel {
  const { strategyId, strategyVersion, variant, channels, goal, goalWindow } = chosen;
  return {
    ...{ strategyId, strategyVersion, variant, channels, goal, goalWindow },
    notBefore: isoTimeOrNull(chosen.notBefore),
    expiresAt: isoTime(chosen.expiresAt),
  };
}
