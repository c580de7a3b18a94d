import { isKnowledgeEvent, knowledgeEventTypes } from '../../domain/knowledge/events.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import {
  charactersOf,
  type KnowledgeBaseDocument,
  type KnowledgeDocument,
  knowledgeBasesCollection,
  knowledgeCollection,
} from './document.js';

const collection = knowledgeCollection.name;
const bases = knowledgeBasesCollection.name;

/** What tenants know, document by document, numbered in the order of their changes. */
export const knowledgeProjection: Projection = {
  name: 'knowledge',
  version: 1,
  collections: [knowledgeCollection, knowledgeBasesCollection],
  eventTypes: knowledgeEventTypes,
  keys({ event, metadata: { tenantId } }) {
    if (!isKnowledgeEvent(event)) return [];
    const id = documentId(tenantId, event.data.documentId);
    return [
      { collection, id },
      { collection: bases, id: tenantId },
    ];
  },
  evolve({ event, metadata: { tenantId } }, documents): void {
    if (!isKnowledgeEvent(event)) return;
    const { documentId: name, version, at, by } = event.data;
    const id = documentId(tenantId, name);
    const before = documents.get<KnowledgeDocument>(collection, id);
    const base = documents.get<KnowledgeBaseDocument>(bases, tenantId);
    const content = event.type === 'KnowledgeDocumentPut' ? event.data.content : null;
    const change = (base?.changes ?? 0) + 1;
    const document: KnowledgeDocument = {
      ...{ id, tenantId, documentId: name, version, content, change, changedAt: at, changedBy: by },
      listedAs: content === null ? null : name,
    };
    const had = before?.content ?? null;
    const updated: KnowledgeBaseDocument = {
      id: tenantId,
      changes: change,
      documents: (base?.documents ?? 0) + Number(content !== null) - Number(had !== null),
      characters: (base?.characters ?? 0) + charactersOf(content) - charactersOf(had),
      changeSum:
        (base?.changeSum ?? 0) + (content === null ? 0 : change) - (had === null ? 0 : (before?.change ?? 0)),
    };
    documents.put(collection, document);
    documents.put(bases, updated);
  },
};
