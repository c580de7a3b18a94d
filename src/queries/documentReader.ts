import type {
  Document,
  DocumentPage,
  DocumentQuery,
  DocumentStore,
  Where,
} from '../documentStore/documentStore.js';
import type { ReadModels } from '../processors/projectionHost.js';

/**
 * Reads documents by the logical names of their collections. The same queries run over the live read models and over
 * a person's journey folded up to a past moment.
 */
export interface DocumentReader {
  get<D extends Document>(collection: string, id: string): Promise<D | undefined>;
  getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<(D | undefined)[]>;
  find<D extends Document>(collection: string, query: DocumentQuery): Promise<DocumentPage<D>>;
  count(collection: string, where?: Where): Promise<number>;
}

export function liveReader(store: DocumentStore, names: Pick<ReadModels, 'liveCollection'>): DocumentReader {
  return {
    get: (collection, id) => store.get(names.liveCollection(collection), id),
    getMany: (collection, ids) => store.getMany(names.liveCollection(collection), ids),
    find: (collection, query) => store.find(names.liveCollection(collection), query),
    count: (collection, where) => store.count(names.liveCollection(collection), where),
  };
}
