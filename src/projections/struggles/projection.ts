import type { StruggleDetected } from '../../domain/journey/events.js';
import type { Recorded } from '../../domain/metadata.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { ownerOf } from '../owner.js';
import { type StruggleDocument, strugglesCollection } from './document.js';

const collection = strugglesCollection.name;

/** One document a struggle. Help is recorded after the struggle it is for, so nothing can come too early. */
export const strugglesProjection: Projection = {
  name: 'struggles',
  version: 1,
  collections: [strugglesCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<StruggleDocument>('activity', ({ detectedAt }) => detectedAt) },
  eventTypes: [
    'StruggleDetected',
    'StruggleEscalated',
    'StruggleResolved',
    'InterventionProposed',
    'InterventionDeclined',
  ],
  keys({ event, metadata }) {
    return 'struggleId' in event.data && event.data.struggleId !== null
      ? [{ collection, id: documentId(metadata.tenantId, event.data.struggleId) }]
      : [];
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    if (event.type === 'StruggleDetected') {
      documents.put(collection, detectedStruggle(recorded, event));
      return;
    }
    if (!('struggleId' in event.data) || event.data.struggleId === null) return;
    const id = documentId(metadata.tenantId, event.data.struggleId);
    const document = documents.get<StruggleDocument>(collection, id);
    if (document === undefined) return;
    switch (event.type) {
      case 'StruggleEscalated':
        document.severity = event.data.severity;
        document.context = event.data.evidence;
        break;
      case 'StruggleResolved':
        document.resolved = true;
        document.resolutionTime = event.data.resolutionTime;
        break;
      case 'InterventionProposed':
        document.interventionTriggered = true;
        document.interventionType = event.data.strategy;
        break;
      case 'InterventionDeclined':
        document.interventionDeclined = event.data.reason;
        break;
    }
    documents.put(collection, document);
  },
};

function detectedStruggle(recorded: Recorded<unknown>, event: StruggleDetected): StruggleDocument {
  const { tenantId, occurredAt } = recorded.metadata;
  const { struggleId, sessionId, featureId, signalType, severity, evidence, rule } = event.data;
  return {
    id: documentId(tenantId, struggleId),
    tenantId,
    struggleId,
    subject: ownerOf(recorded, event.data.linkedTo),
    sessionId,
    featureId,
    detectedAt: occurredAt,
    signalType,
    severity,
    context: evidence,
    rule,
    interventionTriggered: false,
    interventionType: null,
    interventionDeclined: null,
    resolved: false,
    resolutionTime: null,
  };
}
