import type { DocumentStore, Where } from '../documentStore/documentStore.js';

const documentsAtATime = 500;

/** Removes the documents of a collection that match, some at a time. */
export async function removeAll(
  documentStore: DocumentStore,
  collection: string,
  where: Where,
): Promise<void> {
  for (;;) {
    const { documents } = await documentStore.find(collection, { where, limit: documentsAtATime });
    if (documents.length === 0) return;
    await documentStore.commit({ deletes: documents.map(({ id }) => ({ collection, id })) });
  }
}
