import { causedBy } from '../../domain/decision/cause.js';
import {
  type DecisionCause,
  type DecisionEvent,
  decisionEventTypes,
  isDecisionEvent,
} from '../../domain/decision/events.js';
import type { DomainEvent } from '../../domain/domainEvent.js';
import {
  type InterventionDeclined,
  type InterventionProposed,
  isInterventionEvent,
} from '../../domain/intervention/events.js';
import { decisionOf } from '../../domain/intervention/streamName.js';
import type { Recorded } from '../../domain/metadata.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { type DecisionDocument, decisionsCollection, type PersonResponse } from './document.js';

const collection = decisionsCollection.name;

/** One document a decision, with what became of the help that it led to. */
export const decisionsProjection: Projection = {
  name: 'decisions',
  version: 2,
  collections: [decisionsCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<DecisionDocument>('help', ({ decidedAt }) => decidedAt) },
  eventTypes: [
    ...decisionEventTypes,
    'InterventionProposed',
    'InterventionDeclined',
    'InterventionDelivered',
    'InterventionFailed',
    'InterventionResent',
    'DeliveryBounced',
    'InterventionSeen',
    'InterventionOpened',
    'InterventionClicked',
    'InterventionDismissed',
  ],
  keys({ event, metadata: { tenantId } }) {
    if (isDecisionEvent(event)) return [{ collection, id: documentId(tenantId, event.data.decisionId) }];
    if (!isInterventionEvent(event)) return [];
    const { interventionId } = event.data;
    // Before there were decisions an intervention was its own.
    return [decisionOf(interventionId), interventionId].map((id) => ({
      collection,
      id: documentId(tenantId, id),
    }));
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    for (const { id } of decisionsProjection.keys(recorded)) {
      const document = documents.get<DecisionDocument>(collection, id);
      if (document === undefined) continue;
      if (isDecisionEvent(event)) applyDecision(document, event, metadata.occurredAt);
      else applyHelp(document, event);
      documents.put(collection, document);
      return;
    }
    const first = firstOf(recorded);
    if (first !== undefined) documents.put(collection, first);
  },
};

function firstOf({ event, metadata }: Recorded<DomainEvent>): DecisionDocument | undefined {
  const { tenantId, occurredAt } = metadata;
  if (event.type === 'AbsenceAwaited') {
    const { decisionId, subject } = event.data;
    return {
      ...emptyDocument({ tenantId, decisionId, subject }, causedBy('absence'), occurredAt),
      state: 'awaiting',
      awaited: event.data,
      dueAt: event.data.dueAt,
    };
  }
  if (event.type === 'DecisionMade') {
    const { decisionId, subject, candidates, chosen, policyVersion } = event.data;
    const empty = emptyDocument({ tenantId, decisionId, subject }, event.data, occurredAt);
    return { ...empty, candidates, chosen, policyVersion, ...strategyIn(chosen) };
  }
  if (event.type === 'InterventionProposed' || event.type === 'InterventionDeclined')
    return ownDecision(event, tenantId, occurredAt);
  return undefined;
}

function applyDecision(document: DecisionDocument, event: DecisionEvent, at: number): void {
  if (event.type === 'DecisionMade') {
    document.state = 'made';
    document.decidedAt = at;
    document.candidates = event.data.candidates;
    document.chosen = event.data.chosen;
    document.policyVersion = event.data.policyVersion;
    Object.assign(document, strategyIn(event.data.chosen));
    delete document.dueAt;
  }
  if (event.type === 'AbsenceEnded') {
    document.state = 'ended';
    document.endedBecause = event.data.reason;
    delete document.dueAt;
  }
  if (event.type === 'OutcomeReached') {
    const { goal, eventId, after } = event.data;
    document.outcome = { goal, eventId, after, at: document.decidedAt + after };
  }
}

function applyHelp(document: DecisionDocument, event: DomainEvent): void {
  switch (event.type) {
    case 'InterventionProposed':
      document.author = event.data.author;
      return;
    case 'InterventionDelivered':
      document.channel = event.data.channel;
      document.help = 'delivered';
      return;
    case 'InterventionDeclined':
      document.help = 'withheld';
      document.withheld = {
        reason: event.data.reason,
        consentEventId: event.data.refusal?.consentEventId ?? null,
      };
      return;
    case 'InterventionFailed':
      document.help = 'failed';
      return;
    case 'DeliveryBounced':
      // A soft bounce may yet arrive; who complains has seen it.
      if (event.data.bounce === 'hard') document.help = 'failed';
      return;
    case 'InterventionResent':
      document.help = 'pending';
      return;
    case 'InterventionSeen':
      answered(document, 'seen');
      return;
    case 'InterventionOpened':
      answered(document, 'opened');
      return;
    case 'InterventionClicked':
      answered(document, 'clicked');
      return;
    case 'InterventionDismissed':
      answered(document, 'dismissed');
      return;
  }
}

function answered(document: DecisionDocument, response: PersonResponse): void {
  document.help = response === 'dismissed' ? response : 'answered';
  if (!document.responses.includes(response)) document.responses = [...document.responses, response];
}

function strategyIn(chosen: DecisionDocument['chosen']): Pick<DecisionDocument, 'strategyId'> {
  return chosen === null ? {} : { strategyId: chosen.strategyId };
}

/** Of an intervention from before there were decisions: what is known of its one strategy. */
function ownDecision(
  event: InterventionProposed | InterventionDeclined,
  tenantId: string,
  occurredAt: number,
): DecisionDocument {
  const { interventionId: decisionId, subject, strategy: strategyId } = event.data;
  const empty = emptyDocument({ tenantId, decisionId, subject }, event.data, occurredAt);
  if (event.type === 'InterventionDeclined') {
    const { reason, refusal } = event.data;
    const why = { code: reason, ...(refusal && { facts: { ...refusal } }) };
    return {
      ...empty,
      candidates: [{ strategyId, strategyVersion: 1, outcome: 'refused', reasons: [why], channels: [] }],
    };
  }
  const { strategyVersion, variant, channel, notBefore, expiresAt, consentEventId = null } = event.data;
  return {
    ...{ ...empty, strategyId, author: event.data.author },
    candidates: [
      {
        ...{ strategyId, strategyVersion, outcome: 'chosen', reasons: [] },
        channels: [{ channel, allowed: true, reasons: [] }],
      },
    ],
    chosen: {
      ...{ strategyId, strategyVersion, variant, channels: [channel], notBefore, expiresAt, consentEventId },
      arm: 'treated',
      goal: { kind: 'struggle-resolved' },
      goalWindow: 86_400_000,
    },
  };
}

function emptyDocument(
  { tenantId, decisionId, subject }: Pick<DecisionDocument, 'tenantId' | 'decisionId' | 'subject'>,
  { trigger, struggleId, featureId, signalType, severity }: DecisionCause,
  decidedAt: number,
): DecisionDocument {
  return {
    id: documentId(tenantId, decisionId),
    ...{ tenantId, decisionId, subject, trigger, struggleId, featureId, signalType, severity, decidedAt },
    state: 'made',
    awaited: null,
    endedBecause: null,
    candidates: [],
    chosen: null,
    policyVersion: 0,
    help: 'pending',
    withheld: null,
    channel: null,
    author: null,
    responses: [],
    outcome: null,
  };
}
