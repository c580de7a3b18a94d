import { setImmediate } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { maxIndexFields } from '../../documentStore/documentIndexKey.js';
import {
  type CollectionDefinition,
  type Document,
  type DocumentCommit,
  type DocumentPage,
  type DocumentQuery,
  type DocumentStore,
  DocumentStoreUnavailable,
  type IndexDefinition,
  type Where,
} from '../../documentStore/documentStore.js';
import { WriteQueues } from '../../documentStore/writeQueues.js';
import {
  type BinaryDatabase,
  EmbeddedDocumentCollection,
  type PreparedWrite,
} from './embeddedDocumentCollection.js';
import { watchFlushes } from './flushes.js';

/** Two lmdb databases each. */
const maxCollections = 500;
/** Milliseconds of work on documents after which others have their turn. */
const workAtATime = 2;
const preparedBetweenLooks = 16;
/** More writes than this are handed to lmdb in a turn of their own. */
const writesAtOnce = 500;

/**
 * The document store in one lmdb environment in `folder`.
 *
 * A commit is one lmdb transaction, written off the main thread. It resolves when it is visible; the disk flush follows
 * (lmdb's overlapping sync), and `close` waits for it. When the process dies nothing is lost; when the machine dies
 * the environment falls back to its last flushed transaction, documents and checkpoints together.
 */
export function openEmbeddedDocumentStore({ folder }: { readonly folder: string }): EmbeddedDocumentStore {
  const environment = open<Buffer, Buffer>({ path: folder, noSubdir: false, maxDbs: 2 * maxCollections + 2 });
  return new EmbeddedDocumentStore(environment);
}

/** By collection and id; undefined for documents to remove. */
type Changes = Map<string, Map<string, Document | undefined>>;

/**
 * Several threads of a process may have it open, each with its own object, if each writes documents of its own: what
 * one has defined the others find.
 */
export class EmbeddedDocumentStore implements DocumentStore {
  readonly #definitions: BinaryDatabase;
  readonly #checkpoints: BinaryDatabase;
  readonly #collections = new Map<string, EmbeddedDocumentCollection>();
  /** Of each collection the last write that was asked for: the next one waits, since it reads what that one wrote. */
  readonly #queues = new WriteQueues();
  /** Commits are prepared one after the other, so that many at a time do not add up to one long turn. */
  #preparing: Promise<unknown> = Promise.resolve();
  readonly #flushed: () => Promise<void>;
  #closed = false;

  constructor(readonly environment: RootDatabase<Buffer, Buffer>) {
    this.#flushed = watchFlushes(environment);
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
    this.#definitions = environment.openDB<Buffer, Buffer>('definitions', binary);
    this.#checkpoints = environment.openDB<Buffer, Buffer>('checkpoints', binary);
    // To open one later would wait for the commits of other threads.
    for (const key of this.#definitions.getKeys()) this.#find(key.toString());
  }

  /** Another thread has dropped it. */
  forget(collection: string): void {
    this.#collections.delete(collection);
  }

  /** From now on all is seen that another thread has committed by now. */
  refresh(): void {
    this.environment.resetReadTxn();
  }

  async define(collections: readonly CollectionDefinition[]): Promise<void> {
    for (const { name, indexes } of collections) {
      const tooLong = indexes.find((index) => index.length > maxIndexFields);
      if (tooLong !== undefined)
        throw new RangeError(`an index has at most ${maxIndexFields} fields: ${tooLong}`);
      await this.#exclusively([name], async () => {
        const existing = this.#find(name);
        if (existing !== undefined && sameIndexes(existing.indexes, indexes)) return;
        if (existing === undefined && this.#definitions.getKeysCount() >= maxCollections) {
          throw new RangeError(`at most ${maxCollections} collections`);
        }
        this.#collections.set(name, await this.#build(name, existing, indexes));
      });
    }
  }

  async get<D extends Document>(collection: string, id: string): Promise<D | undefined> {
    return this.#collection(collection).get(id) as D | undefined;
  }

  async getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<(D | undefined)[]> {
    const documents = this.#collection(collection);
    const found: (D | undefined)[] = [];
    const turn = new Turn();
    for (const id of ids) {
      found.push(documents.get(id) as D | undefined);
      if (turn.isOver()) await turn.next();
    }
    return found;
  }

  async find<D extends Document>(collection: string, query: DocumentQuery): Promise<DocumentPage<D>> {
    return this.#collection(collection).find<D>(query);
  }

  async count(collection: string, where: Where = {}): Promise<number> {
    return this.#collection(collection).count(where);
  }

  async commit({ puts = [], deletes = [], checkpoint }: DocumentCommit): Promise<void> {
    const changes: Changes = new Map();
    const changesOf = (name: string) => {
      const known = changes.get(name);
      if (known !== undefined) return known;
      const added = new Map<string, Document | undefined>();
      changes.set(name, added);
      return added;
    };
    for (const { collection, document } of puts) changesOf(collection).set(document.id, document);
    for (const { collection, id } of deletes) changesOf(collection).set(id, undefined);
    await this.#exclusively([...changes.keys()], async () => {
      const written = this.#preparing.then(async () => {
        const writes = await this.#prepare(changes, checkpoint);
        // Wrapped, so that the next one is prepared while this one is written.
        return { committed: writeTogether(writes) };
      });
      this.#preparing = written.catch(() => undefined);
      await (await written).committed;
    });
  }

  async getCheckpoint(name: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#checkpoints.get(Buffer.from(name))?.toString();
  }

  async drop(name: string): Promise<void> {
    await this.#exclusively([name], async () => {
      const collection = this.#find(name);
      if (collection === undefined) return;
      // Until its definition is gone it stays, dropped: nobody shall find it anew.
      await Promise.all([this.#definitions.remove(Buffer.from(name)), collection.drop()]);
      this.#collections.delete(name);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queues.allOver();
    await this.#flushed();
    await this.environment.close();
  }

  /** The definition is stored last, so that an indexing that was cut short is done again. */
  async #build(
    name: string,
    existing: EmbeddedDocumentCollection | undefined,
    indexes: readonly IndexDefinition[],
  ): Promise<EmbeddedDocumentCollection> {
    const store = (value: readonly IndexDefinition[]) =>
      this.#definitions.put(Buffer.from(name), Buffer.from(JSON.stringify(value)));
    if (existing !== undefined) await store([]);
    const collection =
      existing === undefined
        ? new EmbeddedDocumentCollection(this.environment, name, indexes)
        : await existing.reindex(indexes);
    await store(indexes);
    return collection;
  }

  async #prepare(
    changes: Changes,
    checkpoint: DocumentCommit['checkpoint'],
  ): Promise<readonly PreparedWrite[]> {
    const writes: PreparedWrite[] = [];
    const turn = new Turn();
    for (const [name, documents] of changes) {
      const collection = this.#collection(name);
      const left = documents.entries();
      // Some at a time without a break: a loop that can pause is a slow one.
      while (prepareSome(collection, left, writes)) if (turn.isOver()) await turn.next();
    }
    if (checkpoint !== undefined) {
      const [key, value] = [Buffer.from(checkpoint.name), Buffer.from(checkpoint.value)];
      writes.push({ database: this.#checkpoints, key, value });
    }
    if (writes.length > writesAtOnce) await turn.next();
    return writes;
  }

  #collection(name: string): EmbeddedDocumentCollection {
    this.#checkOpen();
    const collection = this.#collections.get(name) ?? this.#find(name);
    if (collection === undefined) throw new Error(`collection ${name} is not defined`);
    return collection;
  }

  /** As it is defined now, maybe by another thread. */
  #find(name: string): EmbeddedDocumentCollection | undefined {
    const known = this.#collections.get(name);
    const stored = this.#definitions.get(Buffer.from(name));
    if (stored === undefined) return undefined;
    // Written by `define` alone.
    const indexes = JSON.parse(stored.toString()) as readonly IndexDefinition[];
    if (known !== undefined && sameIndexes(known.indexes, indexes)) return known;
    const found = new EmbeddedDocumentCollection(this.environment, name, indexes);
    this.#collections.set(name, found);
    return found;
  }

  #checkOpen(): void {
    if (this.#closed) throw new DocumentStoreUnavailable('the document store is closed');
  }

  async #exclusively(queues: readonly string[], write: () => Promise<void>): Promise<void> {
    this.#checkOpen();
    return this.#queues.run(queues, write);
  }
}

/** @returns whether there may be more */
function prepareSome(
  collection: EmbeddedDocumentCollection,
  left: Iterator<[string, Document | undefined]>,
  writes: PreparedWrite[],
): boolean {
  for (let prepared = 0; prepared < preparedBetweenLooks; prepared++) {
    const next = left.next();
    if (next.done) return false;
    collection.prepare(next.value[0], next.value[1], writes);
  }
  return true;
}

function sameIndexes(a: readonly IndexDefinition[], b: readonly IndexDefinition[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What is written in one turn of the event loop is one lmdb transaction. */
async function writeTogether(writes: readonly PreparedWrite[]): Promise<void> {
  let committed: Promise<boolean> | undefined;
  for (const { database, key, value } of writes) {
    committed = value === undefined ? database.remove(key) : database.put(key, value);
  }
  try {
    await committed;
  } catch (error) {
    // lmdb tells the reason in a promise beside the error, and logs it; unhandled it would end the process.
    if (error instanceof Error && 'commitError' in error)
      Promise.resolve(error.commitError).catch(() => undefined);
    throw new DocumentStoreUnavailable('the commit failed', { cause: error });
  }
}

/** A stretch of work on the main thread. */
class Turn {
  #start = performance.now();

  isOver(): boolean {
    return performance.now() - this.#start > workAtATime;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#start = performance.now();
  }
}
