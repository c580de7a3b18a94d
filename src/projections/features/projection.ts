import type { DomainEvent } from '../../domain/domainEvent.js';
import type { DocumentKey, Projection } from '../../processors/processor.js';
import { addToSketch } from '../distinctSketch.js';
import { recurringDocumentId } from '../documentId.js';
import { ownerOf } from '../owner.js';
import { isUserEvent, userEventTypes } from '../userEvents.js';
import { type FeatureDocument, featuresCollection } from './document.js';
import { addUse, emptyFeature } from './evolve.js';

const collection = featuresCollection.name;
const noKeys: readonly DocumentKey[] = [];

/** One document a feature: counts alone, so neither order nor batching matters. */
export const featuresProjection: Projection = {
  name: 'features',
  version: 1,
  collections: [featuresCollection],
  eventTypes: [...userEventTypes, 'StruggleDetected', 'StruggleResolved'],
  keys({ event, metadata }) {
    const featureId = featureOf(event);
    return featureId === undefined
      ? noKeys
      : [{ collection, id: recurringDocumentId(metadata.tenantId, featureId) }];
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    const featureId = featureOf(event);
    if (featureId === undefined) return;
    const { tenantId, occurredAt } = metadata;
    const document =
      documents.get<FeatureDocument>(collection, recurringDocumentId(tenantId, featureId)) ??
      emptyFeature(tenantId, featureId, occurredAt);
    document.firstUsedAt = Math.min(document.firstUsedAt, occurredAt);
    document.lastUsedAt = Math.max(document.lastUsedAt, occurredAt);
    if (event.type === 'StruggleDetected') {
      const { signalType } = event.data;
      document.struggleCount += 1;
      document.strugglesBySignal[signalType] = (document.strugglesBySignal[signalType] ?? 0) + 1;
      document.strugglers = addToSketch(document.strugglers, ownerOf(recorded, event.data.linkedTo));
    } else if (event.type === 'StruggleResolved') {
      document.strugglesResolved += 1;
      document.totalResolutionTime += event.data.resolutionTime;
    } else if (isUserEvent(event) && event.data.interaction !== undefined) {
      addUse(document, event.data.interaction.kind, ownerOf(recorded, event.data.linkedTo));
    }
    documents.put(collection, document);
  },
};

function featureOf(event: DomainEvent): string | undefined {
  if (event.type === 'StruggleDetected' || event.type === 'StruggleResolved') return event.data.featureId;
  return isUserEvent(event) ? event.data.interaction?.featureId : undefined;
}
