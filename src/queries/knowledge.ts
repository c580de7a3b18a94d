import type { Where } from '../documentStore/documentStore.js';
import { documentId } from '../projections/documentId.js';
import {
  type KnowledgeBaseDocument,
  type KnowledgeDocument,
  knowledgeBasesCollection,
  knowledgeCollection,
} from '../projections/knowledge/document.js';
import type { DocumentReader } from './documentReader.js';
import { isoTime } from './models/fields.js';
import type { KnowledgeModel } from './models/knowledge.js';
import type { Page, PageRequest } from './page.js';
import type { View } from './view.js';

const readAtOnce = 100;

/** By id. */
export async function listKnowledge(view: View, page: PageRequest): Promise<Page<KnowledgeModel>> {
  const { documents, next } = await view.documents.find<KnowledgeDocument>(knowledgeCollection.name, {
    where: { tenantId: view.tenantId },
    sort: { field: 'listedAs', direction: 'asc' },
    ...page,
  });
  return { items: documents.flatMap((document) => toModel(document) ?? []), ...(next && { next }) };
}

/** Undefined where there is none, or no more. */
export async function findKnowledge(view: View, id: string): Promise<KnowledgeModel | undefined> {
  const found = await view.documents.get<KnowledgeDocument>(
    knowledgeCollection.name,
    documentId(view.tenantId, id),
  );
  return found && toModel(found);
}

function toModel({ documentId: id, version, content, changedAt, changedBy }: KnowledgeDocument) {
  return content === null ? undefined : { id, version, ...content, changedAt: isoTime(changedAt), changedBy };
}

/** What a tenant has in all; undefined where it never had a document. */
export function knowledgeBaseOf(
  documents: DocumentReader,
  tenantId: string,
): Promise<KnowledgeBaseDocument | undefined> {
  return documents.get(knowledgeBasesCollection.name, tenantId);
}

/** All that changed after the change of this number, removals too, in order. */
export async function* knowledgeChangedAfter(
  documents: DocumentReader,
  tenantId: string,
  change: number,
): AsyncGenerator<KnowledgeDocument, void, undefined> {
  const where: Where = { tenantId, change: { gt: change } };
  let after: Parameters<DocumentReader['find']>[1]['after'];
  do {
    const page = await documents.find<KnowledgeDocument>(knowledgeCollection.name, {
      where,
      sort: { field: 'change', direction: 'asc' },
      limit: readAtOnce,
      ...(after && { after }),
    });
    yield* page.documents;
    after = page.next;
  } while (after !== undefined);
}
