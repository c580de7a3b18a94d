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
  /** By entry, the pseudonym of whom it is about; undefined where it is about nobody. */
  readonly subjects?: readonly (string | undefined)[];
}

export function mapPage<D extends object, M>(
  { documents, next }: { readonly documents: readonly D[]; readonly next?: PageCursor },
  map: (document: D) => M,
): Page<M> {
  return { items: documents.map(map), subjects: documents.map(subjectIn), ...(next && { next }) };
}

function subjectIn(document: object): string | undefined {
  const subject: unknown = Reflect.get(document, 'subject');
  return typeof subject === 'string' ? subject : undefined;
}
