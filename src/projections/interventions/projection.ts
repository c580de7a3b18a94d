import type { ConsentChannel } from '../../domain/consent/events.js';
import { callSettles } from '../../domain/intervention/delivery.js';
import {
  type DeliveryFailed,
  type DeliveryStarted,
  type InterventionDeclined,
  type InterventionProposed,
  interventionEventTypes,
  isInterventionEvent,
} from '../../domain/intervention/events.js';
import type { EventMetadata } from '../../domain/metadata.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { noteAttempt } from './attempts.js';
import { type InterventionDocument, type InterventionStatus, interventionsCollection } from './document.js';

const collection = interventionsCollection.name;

/** One document an intervention, or the decision to make none. The status is what its stream said last. */
export const interventionsProjection: Projection = {
  name: 'interventions',
  version: 3,
  collections: [interventionsCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<InterventionDocument>('help', ({ statusAt }) => statusAt) },
  eventTypes: interventionEventTypes,
  keys({ event, metadata }) {
    return isInterventionEvent(event)
      ? [{ collection, id: documentId(metadata.tenantId, event.data.interventionId) }]
      : [];
  },
  evolve({ event, metadata }, documents): void {
    if (!isInterventionEvent(event)) return;
    const id = documentId(metadata.tenantId, event.data.interventionId);
    const document = documents.get<InterventionDocument>(collection, id);
    const isDecision = event.type === 'InterventionProposed' || event.type === 'InterventionDeclined';
    if (isDecision && document === undefined) {
      documents.put(collection, decided(event, metadata));
      return;
    }
    if (document === undefined) return;
    const { occurredAt } = metadata;
    switch (event.type) {
      case 'InterventionDelivered':
        document.deliveredAt ??= occurredAt;
        showAsSent(document, event.data.channel);
        document.reason = null;
        delete document.dueAt;
        setStatus(document, 'delivered', occurredAt);
        break;
      case 'InterventionDeclined':
        document.reason = event.data.reason;
        document.consentEventId = consentIn(event);
        delete document.dueAt;
        setStatus(document, 'declined', occurredAt);
        break;
      case 'InterventionFailed':
        document.failedAt ??= occurredAt;
        document.reason = event.data.reason;
        delete document.dueAt;
        setStatus(document, 'failed', occurredAt);
        break;
      case 'InterventionResent':
        document.dueAt = occurredAt + callSettles;
        document.reason = null;
        setStatus(document, 'proposed', occurredAt);
        break;
      case 'DeliveryStarted':
      case 'DeliveryFailed':
        document.dueAt = dueAfter(event, occurredAt);
        break;
      case 'DeliveryConfirmed':
        // Of a call whose outcome nobody knew.
        if (document.deliveredAt === null) {
          document.deliveredAt = occurredAt;
          showAsSent(document, event.data.channel);
          document.reason = null;
          delete document.dueAt;
          setStatus(document, 'delivered', occurredAt);
        }
        break;
      case 'DeliveryBounced':
        if (event.data.bounce === 'hard' && document.status === 'delivered') {
          document.deliveredAt = null;
          document.dueAt = occurredAt + callSettles;
          setStatus(document, 'proposed', occurredAt);
        }
        break;
      case 'InterventionOpened':
        document.openedAt ??= occurredAt;
        if (document.status === 'delivered') setStatus(document, 'opened', occurredAt);
        break;
      case 'InterventionSeen':
        document.seenAt ??= occurredAt;
        setStatus(document, 'seen', occurredAt);
        break;
      case 'InterventionClicked':
        document.clickedAt ??= occurredAt;
        setStatus(document, 'clicked', occurredAt);
        break;
      case 'InterventionDismissed':
        document.dismissedAt ??= occurredAt;
        setStatus(document, 'dismissed', occurredAt);
        break;
    }
    noteAttempt(document.attempts, event, occurredAt);
    documents.put(collection, document);
  },
};

/** What is begun goes on at once: it is looked after only where a crash cut it short. */
function dueAfter(event: DeliveryStarted | DeliveryFailed, at: number): number {
  return event.type === 'DeliveryFailed' ? (event.data.retryAt ?? at + callSettles) : at + callSettles;
}

function showAsSent(document: InterventionDocument, channel: ConsentChannel): void {
  document.channel = channel;
  const other = document.fallbackTexts?.find((each) => each.channel === channel)?.text;
  if (other) Object.assign(document, other);
}

function setStatus(document: InterventionDocument, status: InterventionStatus, at: number): void {
  document.status = status;
  document.statusAt = at;
}

function decided(
  event: InterventionProposed | InterventionDeclined,
  { tenantId, occurredAt }: EventMetadata,
): InterventionDocument {
  const { interventionId, subject, strategy, struggleId, featureId, signalType, severity } = event.data;
  const proposed = event.type === 'InterventionProposed' ? event.data : undefined;
  return {
    id: documentId(tenantId, interventionId),
    tenantId,
    interventionId,
    subject,
    strategy,
    struggleId,
    featureId,
    signalType,
    severity,
    createdAt: occurredAt,
    status: event.type === 'InterventionProposed' ? 'proposed' : 'declined',
    statusAt: occurredAt,
    reason: event.type === 'InterventionDeclined' ? event.data.reason : null,
    consentEventId: consentIn(event),
    channel: proposed?.channel ?? null,
    attempts: [],
    ...(proposed !== undefined && { dueAt: proposed.notBefore ?? occurredAt + callSettles }),
    language: proposed?.language ?? null,
    title: proposed?.title ?? null,
    body: proposed?.body ?? null,
    author: proposed?.author ?? null,
    ...(proposed?.fallbackTexts && { fallbackTexts: proposed.fallbackTexts }),
    expiresAt: proposed?.expiresAt ?? null,
    deliveredAt: null,
    openedAt: null,
    failedAt: null,
    seenAt: null,
    clickedAt: null,
    dismissedAt: null,
  };
}

function consentIn(event: InterventionProposed | InterventionDeclined): string | null {
  const named =
    event.type === 'InterventionProposed' ? event.data.consentEventId : event.data.refusal?.consentEventId;
  return named ?? null;
}
