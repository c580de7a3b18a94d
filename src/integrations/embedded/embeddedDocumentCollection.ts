import { setImmediate } from 'node:timers/promises';
import type { Database, RootDatabase } from 'lmdb';
import { compileWhere } from '../../documentStore/documentIndexCondition.js';
import { encodeId } from '../../documentStore/documentIndexKey.js';
import { type IndexPlan, type KeyRange, planQuery } from '../../documentStore/documentIndexPlan.js';
import { countQuery, pageOf } from '../../documentStore/documentPage.js';
import {
  type Document,
  type DocumentPage,
  type DocumentQuery,
  DocumentStoreUnavailable,
  type IndexDefinition,
  type Where,
} from '../../documentStore/documentStore.js';
import { IndexScan } from './documentIndexScan.js';
import { EmbeddedDocumentLayout } from './embeddedDocumentLayout.js';

export type BinaryDatabase = Database<Buffer, Buffer>;

/** One write of a transaction that is being put together; a removal where there is no value. */
export interface PreparedWrite {
  readonly database: BinaryDatabase;
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** Documents read between two turns of the event loop. */
const readsAtATime = 256;
const presence = Buffer.of(1);
const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** One collection: the documents by id, and beside them their index entries `[index, values…, id]`. */
export class EmbeddedDocumentCollection {
  readonly #documents: BinaryDatabase;
  readonly #entries: BinaryDatabase;
  readonly #layout: EmbeddedDocumentLayout;
  #dropped = false;

  constructor(
    readonly environment: RootDatabase<Buffer, Buffer>,
    readonly name: string,
    readonly indexes: readonly IndexDefinition[],
  ) {
    this.#documents = environment.openDB<Buffer, Buffer>(`documents:${name}`, binary);
    this.#entries = environment.openDB<Buffer, Buffer>(`indexes:${name}`, binary);
    this.#layout = new EmbeddedDocumentLayout(indexes);
  }

  get(id: string): Document | undefined {
    this.#checkPresent();
    return this.#read(encodeId(id));
  }

  /** What replaces the stored document, or removes it, is added to the writes of a transaction. */
  prepare(id: string, document: Document | undefined, writes: PreparedWrite[]): void {
    const key = encodeId(id);
    const value = document === undefined ? undefined : this.#layout.encode(document);
    writes.push({ database: this.#documents, key, value });
    if (this.indexes.length === 0) return;
    const changes = this.#layout.entryChanges(key, this.#documents.getBinaryFast(key), value);
    for (const entry of changes.removed)
      writes.push({ database: this.#entries, key: entry, value: undefined });
    for (const entry of changes.added) writes.push({ database: this.#entries, key: entry, value: presence });
  }

  async find<D extends Document>(query: DocumentQuery): Promise<DocumentPage<D>> {
    const found: Document[] = [];
    const batches = this.#batches(planQuery(this.indexes, query), query.where ?? {}, query.limit + 1);
    for await (const batch of batches) found.push(...batch);
    return pageOf<D>(found, query);
  }

  /** Quick where an index covers the whole condition, else as slow as reading all that the best index leaves. */
  async count(where: Where): Promise<number> {
    const plan = planQuery(this.indexes, countQuery(where));
    let count = 0;
    if (plan.exact) {
      for (const { low, high } of plan.ranges.filter(notEmpty)) {
        count += this.#databaseOf(plan).getKeysCount({ start: startAt(low), end: high });
      }
    } else {
      for await (const batch of this.#batches(plan, where, Infinity)) count += batch.length;
    }
    return count;
  }

  /** Writes everything again under other indexes, some documents at a time. Nobody else may use the collection. */
  async reindex(indexes: readonly IndexDefinition[]): Promise<EmbeddedDocumentCollection> {
    await this.#entries.clearAsync();
    const next = new EmbeddedDocumentCollection(this.environment, this.name, indexes);
    const everything: IndexPlan = planQuery([], {});
    for await (const batch of this.#batches(everything, {}, Infinity)) {
      await Promise.all(batch.flatMap((document) => next.#rewrite(document)));
    }
    return next;
  }

  /** Reads under way end with an error: lmdb gives the databases' numbers to others. */
  async drop(): Promise<void> {
    this.#dropped = true;
    await Promise.all([this.#documents.drop(), this.#entries.drop()]);
  }

  /** Index entries first: found again after a crash in between, since the layout tells which there should be. */
  #rewrite(document: Document): Promise<boolean>[] {
    const key = encodeId(document.id);
    const value = this.#layout.encode(document);
    const { added } = this.#layout.entryChanges(key, undefined, value);
    return [...added.map((entry) => this.#entries.put(entry, presence)), this.#documents.put(key, value)];
  }

  /** Matching documents in order, some at a time; between two batches others have their turn. */
  async *#batches(plan: IndexPlan, where: Where, limit: number): AsyncGenerator<readonly Document[]> {
    const matches = compileWhere(where);
    const database = this.#databaseOf(plan);
    const scan = new IndexScan(plan.ranges, plan.reverse, (range, reverse, most) =>
      keysOf(database, range, reverse, most),
    );
    let left = limit;
    for (;;) {
      this.#checkPresent();
      const batch: Document[] = [];
      let key: Buffer | undefined;
      for (let reads = 0; reads < readsAtATime && batch.length < left; reads++) {
        key = scan.next();
        if (key === undefined) break;
        const document = this.#read(plan.index === undefined ? key : this.#layout.idIn(key));
        if (document !== undefined && matches(document)) batch.push(document);
      }
      yield batch;
      left -= batch.length;
      if (key === undefined || left === 0) return;
      await setImmediate();
      scan.forget();
    }
  }

  #read(key: Buffer): Document | undefined {
    const stored = this.#documents.getBinaryFast(key);
    return stored === undefined ? undefined : this.#layout.decode(stored);
  }

  #checkPresent(): void {
    if (this.#dropped) throw new DocumentStoreUnavailable('the collection was dropped');
  }

  #databaseOf(plan: IndexPlan): BinaryDatabase {
    return plan.index === undefined ? this.#documents : this.#entries;
  }
}

function keysOf(
  database: BinaryDatabase,
  { low, high }: KeyRange,
  reverse: boolean,
  limit: number,
): readonly Buffer[] {
  const start = startAt(low);
  const options = reverse
    ? { start: high, exclusiveStart: true, end: start, inclusiveEnd: true, reverse, limit }
    : { start, end: high, limit };
  return Array.from(database.getKeys(options), (key) => Buffer.from(key.buffer, key.byteOffset, key.length));
}

/** lmdb has no empty keys, and every key is above this one. */
function startAt(low: Buffer): Buffer {
  return low.length === 0 ? Buffer.of(0) : low;
}

function notEmpty({ low, high }: KeyRange): boolean {
  return low.compare(high) < 0;
}
