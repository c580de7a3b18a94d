import type {
  Document,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../documentStore/documentStore.js';
import type { Projection } from './processor.js';

/** Subjects in one query: an index is read at as many places. */
const subjectsAtATime = 64;
const documentsAtATime = 500;

export interface PersonDocuments {
  /** Of the collection. */
  readonly name: string;
  /** Where the index by tenant and subject goes on with a field: that one. */
  readonly orderedBy?: string | undefined;
  /** The field that names the person, `subject` unless another is said. */
  readonly field?: string;
  readonly tenantId: string;
  readonly subjects: readonly string[];
}

/** The documents about any of these persons, page by page; those of a page may be removed before the next. */
export async function* documentsAbout<D extends Document>(
  documentStore: DocumentStore,
  { name, orderedBy, field = 'subject', tenantId, subjects }: PersonDocuments,
): AsyncGenerator<readonly D[], void, undefined> {
  for (let from = 0; from < subjects.length; from += subjectsAtATime) {
    const some = subjects.slice(from, from + subjectsAtATime);
    let after: DocumentCursor | undefined;
    do {
      const page: DocumentPage<D> = await documentStore.find<D>(name, {
        where: { tenantId, [field]: { in: some } },
        ...(orderedBy !== undefined && { sort: { field: orderedBy, direction: 'asc' } }),
        limit: documentsAtATime,
        ...(after && { after }),
      });
      if (page.documents.length > 0) yield page.documents;
      after = page.next;
    } while (after !== undefined);
  }
}

/** The collections of a projection that hold documents about one person each, and what orders a person's documents. */
export function collectionsAbout({
  collections,
  aboutPersons = [],
}: Projection): { readonly name: string; readonly orderedBy: string | undefined }[] {
  return collections
    .filter(({ name }) => aboutPersons.includes(name))
    .map(({ name, indexes }) => {
      // The shortest: what further fields an index has, documents may lack.
      const [index] = indexes
        .filter(
          ([tenant, subject, , ...more]) =>
            tenant === 'tenantId' && subject === 'subject' && more.length === 0,
        )
        .sort((a, b) => a.length - b.length);
      if (index === undefined) throw new Error(`${name} has no index by person`);
      return { name, orderedBy: index[2] };
    });
}
