import type { DocumentCursor } from '../documentStore/documentStore.js';

/** Where a list goes on: sort value and id of the last entry handed out. Stable while data is added. */
export type PageCursor = DocumentCursor;

export interface PageRequest {
  /** 1–500. */
  readonly limit: number;
  readonly after?: PageCursor;
}

export interface Page<M> {
  readonly items: readonly M[];
  /** Absent on the last page. */
  readonly next?: PageCursor;
}

export function mapPage<D, M>(
  { documents, next }: { readonly documents: readonly D[]; readonly next?: PageCursor },
  map: (document: D) => M,
): Page<M> {
  return { items: documents.map(map), ...(next && { next }) };
}
