import { fieldPath, fieldValue, isRange } from './documentIndexCondition.js';
import { isScalar } from './documentIndexKey.js';
import type { Document, DocumentPage, DocumentQuery, Where } from './documentStore.js';

/** @param found up to one document more than the query's limit, which tells whether there is a next page */
export function pageOf<D extends Document>(
  found: readonly Document[],
  query: DocumentQuery,
): DocumentPage<D> {
  // The one cast from stored JSON to the caller's document type.
  const documents = found.slice(0, query.limit) as D[];
  const last = documents.at(-1);
  if (found.length <= query.limit || last === undefined) return { documents };
  const value = fieldValue(last, fieldPath(query.sort?.field ?? 'id'));
  return { documents, next: { value: isScalar(value) ? value : null, id: last.id } };
}

/** What to plan for counting: a range is served by the order of its field. */
export function countQuery(where: Where): Pick<DocumentQuery, 'where' | 'sort'> {
  const range = Object.keys(where).find((name) => isRange(where[name] ?? ''));
  return { where, ...(range === undefined ? {} : { sort: { field: range, direction: 'asc' } }) };
}
