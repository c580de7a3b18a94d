import type { Collection, Filter } from 'mongodb';
import { compileWhere } from '../../documentStore/documentIndexCondition.js';
import { type IndexPlan, planQuery } from '../../documentStore/documentIndexPlan.js';
import { countQuery, pageOf } from '../../documentStore/documentPage.js';
import type {
  Document,
  DocumentPage,
  DocumentQuery,
  IndexDefinition,
  Where,
} from '../../documentStore/documentStore.js';
import { CollectionScan, textRanges } from './collectionScan.js';
import type { MongoConnection } from './connection.js';
import { fromStored, indexName, type StoredDocument, storedId } from './storedDocument.js';

const readAtATime = 500;
/** Milliseconds after which the server gives up on a read, so that it does not work for those who have gone. */
const maxTimeMS = 5000;

/** Reads one collection. What is read is planned as in the embedded store, over the same entries. */
export class MongoCollection {
  readonly #documents: Collection<StoredDocument>;

  constructor(
    readonly connection: MongoConnection,
    readonly name: string,
    readonly indexes: readonly IndexDefinition[],
  ) {
    this.#documents = connection.database.collection<StoredDocument>(name);
  }

  async getMany(ids: readonly string[]): Promise<(Document | undefined)[]> {
    const wanted = ids.map(storedId);
    const bodies = new Map<string, StoredDocument>();
    for (let from = 0; from < wanted.length; from += readAtATime) {
      const some = wanted.slice(from, from + readAtATime);
      const filter: Filter<StoredDocument> =
        some.length === 1 ? { _id: some[0] ?? '' } : { _id: { $in: some } };
      for (const document of await this.#read(filter)) bodies.set(document._id, document);
    }
    return wanted.map((id) => {
      const stored = bodies.get(id);
      return stored && fromStored(stored);
    });
  }

  async find<D extends Document>(query: DocumentQuery): Promise<DocumentPage<D>> {
    const found = await this.#matching(planQuery(this.indexes, query), query.where ?? {}, query.limit + 1);
    return pageOf<D>(found, query);
  }

  /** Quick where an index covers the whole condition, else as slow as reading all that the best index leaves. */
  async count(where: Where): Promise<number> {
    const plan = planQuery(this.indexes, countQuery(where));
    if (!plan.exact) return this.#count(plan, where);
    const ranges = textRanges(plan).map((part) => this.#within(plan, part));
    if (ranges.length === 0) return 0;
    const filter: Filter<StoredDocument> = ranges.length === 1 ? (ranges[0] ?? {}) : { $or: ranges };
    return this.connection.read(() => this.#documents.countDocuments(filter, { maxTimeMS }));
  }

  /** All documents by id, for one who rewrites them; `after` is the last id seen. */
  all(after: string | undefined, limit: number): Promise<readonly StoredDocument[]> {
    const filter = { gone: { $exists: false }, ...(after === undefined ? {} : { _id: { $gt: after } }) };
    return this.#read(filter, { sort: { _id: 1 }, limit });
  }

  async #matching(plan: IndexPlan, where: Where, wanted: number): Promise<Document[]> {
    const matches = compileWhere(where);
    const found: Document[] = [];
    const scan = this.#scan(plan, plan.exact ? wanted : Math.max(wanted, readAtATime));
    while (found.length < wanted) {
      const stored = await scan.next();
      if (stored === undefined) break;
      const document = fromStored(stored);
      if (document !== undefined && matches(document)) found.push(document);
    }
    return found;
  }

  async #count(plan: IndexPlan, where: Where): Promise<number> {
    const matches = compileWhere(where);
    const scan = this.#scan(plan, readAtATime);
    let count = 0;
    for (let stored = await scan.next(); stored !== undefined; stored = await scan.next()) {
      const document = fromStored(stored);
      if (document !== undefined && matches(document)) count++;
    }
    return count;
  }

  #scan(plan: IndexPlan, batchSize: number): CollectionScan {
    const index = plan.index === undefined ? undefined : indexName(this.indexes[plan.index] ?? []);
    const entryOf = ({ _id, k }: StoredDocument) => (index === undefined ? _id : (k?.[index] ?? ''));
    const order = plan.reverse ? -1 : 1;
    const limit = Math.min(batchSize, readAtATime);
    return new CollectionScan(
      plan,
      entryOf,
      (range, most) =>
        this.#read(this.#within(plan, range), {
          sort: { [this.#field(plan)]: order },
          limit: most,
          projection: { body: 1, [this.#field(plan)]: 1 },
        }),
      limit,
    );
  }

  #within(plan: IndexPlan, { low, high }: { readonly low: string; readonly high: string }) {
    const within = { [this.#field(plan)]: { $gte: low, $lt: high } };
    // What was removed stands in no index.
    return plan.index === undefined ? { ...within, gone: { $exists: false } } : within;
  }

  #field({ index }: IndexPlan): string {
    return index === undefined ? '_id' : `k.${indexName(this.indexes[index] ?? [])}`;
  }

  #read(
    filter: Filter<StoredDocument>,
    options: {
      readonly sort?: Record<string, 1 | -1>;
      readonly limit?: number;
      readonly projection?: Record<string, 1>;
    } = {},
  ): Promise<readonly StoredDocument[]> {
    const wanted = { projection: { body: 1 }, ...options, maxTimeMS };
    return this.connection.read(() => this.#documents.find(filter, wanted).toArray());
  }
}
