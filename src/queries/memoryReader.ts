import type { Condition, Document, DocumentQuery, Scalar, Where } from '../documentStore/documentStore.js';
import type { DocumentReader } from './documentReader.js';

/** Documents of a fold that was made for one answer: few, so that a scan serves every query. */
export function memoryReader(
  collections: ReadonlyMap<string, ReadonlyMap<string, Document>>,
): DocumentReader {
  const documentsOf = (collection: string) => collections.get(collection) ?? new Map<string, Document>();
  // The caller names the type of a collection's documents, as with the store itself.
  const get = <D extends Document>(collection: string, id: string) =>
    documentsOf(collection).get(id) as D | undefined;
  const matching = (collection: string, where: Where = {}) =>
    [...documentsOf(collection).values()].filter((document) => matches(document, where));

  return {
    get: async (collection, id) => get(collection, id),
    getMany: async <D extends Document>(collection: string, ids: readonly string[]) =>
      ids.map((id) => get<D>(collection, id)),
    count: async (collection, where) => matching(collection, where).length,
    find: async <D extends Document>(collection: string, query: DocumentQuery) => {
      const sorted = inOrder(matching(collection, query.where), query);
      const documents = sorted.slice(0, query.limit).map((entry) => entry.document as D);
      const last = sorted[query.limit - 1];
      return sorted.length > query.limit && last !== undefined
        ? { documents, next: { value: last.value, id: last.document.id } }
        : { documents };
    },
  };
}

interface Entry {
  readonly document: Document;
  readonly value: Scalar | null;
}

/** As the store orders: by the sort field, ties by id in the same direction, documents without the field left out. */
function inOrder(documents: readonly Document[], { sort, after }: DocumentQuery): Entry[] {
  const sign = sort?.direction === 'desc' ? -1 : 1;
  const compare = (a: Scalar | null, aId: string, b: Scalar | null, bId: string) =>
    sign * (compareScalars(a, b) || compareScalars(aId, bId));
  return documents
    .map((document) => ({ document, value: sort === undefined ? null : scalarAt(document, sort.field) }))
    .filter((entry): entry is Entry => entry.value !== undefined)
    .filter(
      (entry) => after === undefined || compare(entry.value, entry.document.id, after.value, after.id) > 0,
    )
    .sort((a, b) => compare(a.value, a.document.id, b.value, b.document.id));
}

function matches(document: Document, where: Where): boolean {
  return Object.entries(where).every(([field, condition]) => holds(scalarAt(document, field), condition));
}

function holds(value: Scalar | undefined, condition: Condition): boolean {
  if (value === undefined) return false;
  if (typeof condition !== 'object') return value === condition;
  if ('in' in condition) return condition.in.includes(value);
  const { gte, gt, lte, lt } = condition;
  return (
    (gte === undefined || compareScalars(value, gte) >= 0) &&
    (gt === undefined || compareScalars(value, gt) > 0) &&
    (lte === undefined || compareScalars(value, lte) <= 0) &&
    (lt === undefined || compareScalars(value, lt) < 0)
  );
}

function compareScalars(a: Scalar | null, b: Scalar | null): number {
  if (a === b || a === null || b === null) return 0;
  return a < b ? -1 : 1;
}

/** The value a dotted path leads to; undefined where there is none, or where it is no scalar. */
function scalarAt(document: Document, path: string): Scalar | undefined {
  let value: unknown = document;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}
