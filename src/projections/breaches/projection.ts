import { breachEventTypes, isBreachEvent } from '../../domain/breach/events.js';
import { evolve, initialState, isOwed } from '../../domain/breach/evolve.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { type BreachDocument, breachesCollection } from './document.js';

const collection = breachesCollection.name;

/** One document a breach: what its stream says, with what lists and the clock look for. */
export const breachesProjection: Projection = {
  name: 'breaches',
  version: 1,
  collections: [breachesCollection],
  eventTypes: breachEventTypes,
  keys({ event, metadata }) {
    return isBreachEvent(event)
      ? [{ collection, id: documentId(metadata.tenantId, event.data.breachId) }]
      : [];
  },
  evolve({ event, metadata: { tenantId } }, documents): void {
    if (!isBreachEvent(event)) return;
    const id = documentId(tenantId, event.data.breachId);
    const breach = evolve(documents.get<BreachDocument>(collection, id)?.breach ?? initialState, event);
    if (breach.status === 'none') return;
    const { status, recorded } = breach;
    const document: BreachDocument = {
      ...{ id, tenantId, status, dueAt: recorded.dueAt, owed: isOwed(breach), breach },
    };
    documents.put(collection, document);
  },
};
