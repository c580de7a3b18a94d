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
import { CheckpointLog } from './checkpointLog.js';
import { collectionDefinitions } from './collectionDefinitions.js';
import { type MongoConnection, openMongoConnection } from './connection.js';
import type { ConnectionFigures } from './connectionFigures.js';
import { type Change, type ChangeWriter, writeChanges } from './documentChanges.js';
import { MongoCollection } from './mongoCollection.js';
import { storedId, toStored } from './storedDocument.js';
import { type UpdatePace, updatePaceOf } from './updatePace.js';

export interface MongoDocumentStoreOptions {
  readonly url: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** As of a connection. */
  readonly patience?: number;
}

export interface MongoDocumentStore extends DocumentStore {
  readonly databaseName: string;
  /** @throws DocumentStoreUnavailable while the server cannot be reached, or refuses the user */
  ping(): Promise<void>;
  figures(): ConnectionFigures;
}

/**
 * Documents in a MongoDB deployment of any kind: no transactions are used. It connects when it is first used, and again
 * by itself. A collection has its own name there; those that begin with `_` are the store's.
 */
export function openMongoDocumentStore({
  url,
  now,
  ...times
}: MongoDocumentStoreOptions): MongoDocumentStore {
  const connection = openMongoConnection({
    url,
    ...times,
    unavailable: (message, options) => new DocumentStoreUnavailable(message, options),
  });
  return new DocumentsInMongo(connection, now);
}

class DocumentsInMongo implements MongoDocumentStore {
  readonly #collections = new Map<string, MongoCollection>();
  readonly #definitions;
  readonly #writer: ChangeWriter;
  readonly #log: CheckpointLog;
  /** Of each collection and checkpoint the last write that was asked for, behind which the next one waits. */
  readonly #queues = new WriteQueues();
  #pace: Promise<UpdatePace> | undefined;
  #closed = false;

  constructor(
    readonly connection: MongoConnection,
    readonly now: () => number,
  ) {
    this.#writer = { connection, now, pace: () => this.#updatePace() };
    this.#log = new CheckpointLog(this.#writer);
    this.#definitions = collectionDefinitions(this.#writer);
  }

  async define(collections: readonly CollectionDefinition[]): Promise<void> {
    for (const { name, indexes } of collections) {
      const tooLong = indexes.find((index) => index.length > maxIndexFields);
      if (tooLong !== undefined)
        throw new RangeError(`an index has at most ${maxIndexFields} fields: ${tooLong}`);
      await this.#exclusively([name], async () => {
        await this.#definitions.define(name, indexes);
        this.#collections.set(name, this.#opened(name, indexes));
      });
    }
  }

  async get<D extends Document>(collection: string, id: string): Promise<D | undefined> {
    const [document] = await this.getMany<D>(collection, [id]);
    return document;
  }

  async getMany<D extends Document>(name: string, ids: readonly string[]): Promise<(D | undefined)[]> {
    const collection = await this.#collection(name);
    // From stored JSON to the caller's document type.
    return (await collection.getMany(ids)) as (D | undefined)[];
  }

  async find<D extends Document>(name: string, query: DocumentQuery): Promise<DocumentPage<D>> {
    return (await this.#collection(name)).find<D>(query);
  }

  async count(name: string, where: Where = {}): Promise<number> {
    return (await this.#collection(name)).count(where);
  }

  async commit({ puts = [], deletes = [], checkpoint }: DocumentCommit): Promise<void> {
    this.#checkOpen();
    const names = [...new Set([...puts, ...deletes].map(({ collection }) => collection))];
    const collections = new Map<string, MongoCollection>();
    // Waited for only where it is not known, so that commits queue up in the order of their calls.
    for (const name of names)
      collections.set(name, this.#collections.get(name) ?? (await this.#collection(name)));
    const changes = new Map<string, Change>();
    for (const { collection, document } of puts) {
      const d = toStored(collections.get(collection)?.indexes ?? [], document);
      changes.set(`${collection}\0${d._id}`, { c: collection, d });
    }
    for (const { collection, id } of deletes) {
      const _id = storedId(id);
      changes.set(`${collection}\0${_id}`, { c: collection, d: { _id } });
    }
    const all = [...changes.values()];
    const queues = checkpoint === undefined ? names : [...names, queueOf(checkpoint.name)];
    await this.#exclusively(queues, async () => {
      if (checkpoint === undefined) await writeChanges(this.#writer, all, undefined);
      else await this.#log.commit(checkpoint.name, checkpoint.value, all);
      for (const name of new Set(deletes.map(({ collection }) => collection))) {
        await this.#definitions.forgetRemoved(name).catch(() => undefined);
      }
    });
  }

  async getCheckpoint(name: string): Promise<string | undefined> {
    let value: string | undefined;
    await this.#exclusively([queueOf(name)], async () => {
      value = await this.#log.open(name);
    });
    return value;
  }

  async drop(name: string): Promise<void> {
    await this.#exclusively([name], async () => {
      this.#collections.delete(name);
      await this.#definitions.drop(name);
    });
  }

  get databaseName(): string {
    return this.connection.database.databaseName;
  }

  async ping(): Promise<void> {
    await this.connection.read(() => this.connection.database.command({ ping: 1 }));
  }

  figures(): ConnectionFigures {
    return this.connection.figures();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queues.allOver();
    await this.connection.close();
  }

  /** One that another process defined is found by its stored definition. */
  async #collection(name: string): Promise<MongoCollection> {
    this.#checkOpen();
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const indexes = await this.#definitions.load(name);
    if (indexes === undefined) throw new Error(`collection ${name} is not defined`);
    const collection = this.#opened(name, indexes);
    this.#collections.set(name, collection);
    return collection;
  }

  #opened(name: string, indexes: readonly IndexDefinition[]): MongoCollection {
    return new MongoCollection(this.connection, name, indexes);
  }

  async #updatePace(): Promise<UpdatePace> {
    this.#pace ??= updatePaceOf(this.connection).catch((error: unknown) => {
      this.#pace = undefined;
      throw error;
    });
    return this.#pace;
  }

  #checkOpen(): void {
    if (this.#closed) throw new DocumentStoreUnavailable('the document store is closed');
  }

  async #exclusively(queues: readonly string[], write: () => Promise<void>): Promise<void> {
    this.#checkOpen();
    return this.#queues.run(queues, write);
  }
}

/** No collection has such a name. */
function queueOf(checkpoint: string): string {
  return `checkpoint\0${checkpoint}`;
}
