import {
  type InterventionDeclined,
  type InterventionProposed,
  interventionEventTypes,
} from '../../domain/intervention/events.js';
import type { EventMetadata } from '../../domain/metadata.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { type InterventionDocument, type InterventionStatus, interventionsCollection } from './document.js';

const collection = interventionsCollection.name;

/** One document an intervention, or the decision to make none. The status is what its stream said last. */
export const interventionsProjection: Projection = {
  name: 'interventions',
  version: 2,
  collections: [interventionsCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<InterventionDocument>('help', ({ statusAt }) => statusAt) },
  eventTypes: interventionEventTypes,
  keys({ event, metadata }) {
    return 'interventionId' in event.data
      ? [{ collection, id: documentId(metadata.tenantId, event.data.interventionId) }]
      : [];
  },
  evolve({ event, metadata }, documents): void {
    if (!('interventionId' in event.data)) return;
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
        setStatus(document, 'delivered', occurredAt);
        break;
      case 'InterventionDeclined':
        document.reason = event.data.reason;
        document.consentEventId = consentIn(event);
        setStatus(document, 'declined', occurredAt);
        break;
      case 'InterventionFailed':
        document.failedAt ??= occurredAt;
        document.reason = event.data.reason;
        setStatus(document, 'failed', occurredAt);
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
    documents.put(collection, document);
  },
};

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
    language: proposed?.language ?? null,
    title: proposed?.title ?? null,
    body: proposed?.body ?? null,
    author: proposed?.author ?? null,
    expiresAt: proposed?.expiresAt ?? null,
    deliveredAt: null,
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
