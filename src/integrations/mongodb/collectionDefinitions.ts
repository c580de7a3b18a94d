import type { Collection } from 'mongodb';
import type { IndexDefinition } from '../../documentStore/documentStore.js';
import type { ChangeWriter } from './documentChanges.js';
import { isDuplicateKey } from './failures.js';
import { MongoCollection } from './mongoCollection.js';
import { entriesOf, fromStored, indexName, type StoredDocument } from './storedDocument.js';

interface StoredDefinition {
  readonly _id: string;
  /** Index definitions as JSON. */
  readonly indexes: string;
}

/** Milliseconds for which a removed document is remembered: far longer than any paused writer. */
const rememberedFor = 24 * 60 * 60 * 1000;
const forgetEvery = 60 * 60 * 1000;
const rewrittenAtATime = 200;

/** Which collections there are and with which indexes, and that these stand in MongoDB. */
export function collectionDefinitions({ connection, now, pace }: ChangeWriter) {
  const { database, read, write } = connection;
  const definitions = database.collection<StoredDefinition>('_definitions');
  const forgottenAt = new Map<string, number>();

  /** Each field holds whole entries, so that one index serves conditions, order and ties; sparse, as not all stand in it. */
  async function createIndexes(name: string, indexes: readonly IndexDefinition[]): Promise<void> {
    const collection = database.collection(name);
    // One by one: FerretDB 1 does not bear it that several are created together by two instances at once.
    for (const field of [...indexes.map((index) => `k.${indexName(index)}`), 'gone']) {
      await write(() => collection.createIndex({ [field]: 1 }, { sparse: true }));
    }
  }

  /** Gives the documents that are there the entries of other indexes. What is written meanwhile has them already. */
  async function rewrite(name: string, indexes: readonly IndexDefinition[]): Promise<void> {
    const documents = new MongoCollection(connection, name, indexes);
    const collection: Collection<StoredDocument> = database.collection(name);
    const { perCommand, run } = await pace();
    const atATime = Math.min(rewrittenAtATime, perCommand);
    let after: string | undefined;
    for (;;) {
      const some = await documents.all(after, atATime);
      const operations = some.flatMap((stored) => {
        const document = fromStored(stored);
        if (document === undefined || stored.body === undefined) return [];
        const filter = { _id: stored._id, body: stored.body };
        return [{ updateOne: { filter, update: { $set: { k: entriesOf(indexes, document).k ?? {} } } } }];
      });
      if (operations.length > 0)
        await run(() => write(() => collection.bulkWrite(operations, { ordered: false })));
      if (some.length < atATime) return;
      after = some.at(-1)?._id;
    }
  }

  async function load(name: string): Promise<readonly IndexDefinition[] | undefined> {
    const stored = await read(() => definitions.findOne({ _id: name }));
    // Written below alone.
    return stored === null ? undefined : (JSON.parse(stored.indexes) as readonly IndexDefinition[]);
  }

  async function forgetRemoved(name: string): Promise<void> {
    if (now() - (forgottenAt.get(name) ?? Number.NEGATIVE_INFINITY) < forgetEvery) return;
    forgottenAt.set(name, now());
    const collection = database.collection<StoredDocument>(name);
    await write(() => collection.deleteMany({ gone: { $lt: new Date(now() - rememberedFor) } }));
  }

  return {
    load,
    /** Documents removed long ago need not be remembered any more. Looks now and then. */
    forgetRemoved,

    /** The definition is stored last, so that what was cut short is done again. */
    async define(name: string, indexes: readonly IndexDefinition[]): Promise<void> {
      const existing = await load(name);
      if (existing !== undefined && JSON.stringify(existing) === JSON.stringify(indexes)) return;
      await createIndexes(name, indexes);
      if (existing !== undefined) {
        await rewrite(name, indexes);
        await dropIndexes(name, existing, indexes);
      }
      const store = () =>
        write(() =>
          definitions.replaceOne({ _id: name }, { indexes: JSON.stringify(indexes) }, { upsert: true }),
        );
      // Of two who define it at once, one may be told that the other was first.
      await store().catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
        return store();
      });
    },

    async drop(name: string): Promise<void> {
      await write(() => definitions.deleteOne({ _id: name }));
      await write(() => database.collection(name).drop());
    },
  };

  async function dropIndexes(
    name: string,
    existing: readonly IndexDefinition[],
    wanted: readonly IndexDefinition[],
  ): Promise<void> {
    const kept = new Set(wanted.map(indexName));
    const unused = existing.map(indexName).filter((index) => !kept.has(index));
    const there = await read(() => database.collection(name).listIndexes().toArray());
    for (const { name: indexOf, key } of there) {
      if (unused.some((index) => `k.${index}` in key))
        await write(() => database.collection(name).dropIndex(indexOf));
    }
  }
}
