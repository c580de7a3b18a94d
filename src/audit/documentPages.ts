import type { DocumentCursor, DocumentPage, DocumentStore } from '../documentStore/documentStore.js';

const pageSize = 500;

/** All documents of a query, page by page. */
export async function* pagesOf<D extends { readonly id: string }>(
  store: Pick<DocumentStore, 'find'>,
  collection: string,
  query: Omit<Parameters<DocumentStore['find']>[1], 'limit' | 'after'>,
): AsyncGenerator<D, undefined> {
  let after: DocumentCursor | undefined;
  do {
    const page: DocumentPage<D> = await store.find<D>(collection, {
      ...query,
      limit: pageSize,
      ...(after && { after }),
    });
    yield* page.documents;
    after = page.next;
  } while (after !== undefined);
  return undefined;
}
