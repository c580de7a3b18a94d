import { type AnyBulkWriteOperation, MongoBulkWriteError } from 'mongodb';
import type { MongoConnection } from './connection.js';
import { isDuplicateKey } from './failures.js';
import type { StoredDocument } from './storedDocument.js';
import type { UpdatePace } from './updatePace.js';

/** One document of a commit, or its removal where there is no body. */
export interface Change {
  readonly c: string;
  readonly d: Pick<StoredDocument, '_id' | 'k' | 'body'>;
}

/** Which commit a change belongs to. Those of one name are numbered without a gap. */
export interface Stamp {
  readonly name: string;
  readonly number: number;
}

export interface ChangeWriter {
  readonly connection: MongoConnection;
  readonly pace: () => Promise<UpdatePace>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Writes changes, of which each document is to occur once in a collection. Those with a stamp may be written again, and
 * by several at the same time: a document that has seen the same commit of that name or a later one stays as it is.
 */
export async function writeChanges(
  writer: ChangeWriter,
  changes: readonly Change[],
  stamp: Stamp | undefined,
): Promise<void> {
  const operations = new Map<string, AnyBulkWriteOperation<StoredDocument>[]>();
  const at = new Date(writer.now());
  for (const { c, d } of changes) {
    const known = operations.get(c);
    const operation = stamp === undefined ? plainly(d) : stamped(d, stamp, at);
    if (known === undefined) operations.set(c, [operation]);
    else known.push(operation);
  }
  await Promise.all([...operations].map(([name, all]) => writeAll(writer, name, all)));
}

function stamped(
  document: Change['d'],
  { name, number }: Stamp,
  at: Date,
): AnyBulkWriteOperation<StoredDocument> {
  const seen = { n: name, s: number };
  return {
    replaceOne: {
      filter: { _id: document._id, $nor: [{ n: name, s: { $gte: number } }] },
      replacement: document.body === undefined ? { ...seen, gone: at } : { ...document, ...seen },
      upsert: true,
    },
  };
}

function plainly(document: Change['d']): AnyBulkWriteOperation<StoredDocument> {
  const filter = { _id: document._id };
  if (document.body === undefined) return { deleteOne: { filter } };
  return { replaceOne: { filter, replacement: document, upsert: true } };
}

async function writeAll(
  { connection, pace }: ChangeWriter,
  name: string,
  operations: readonly AnyBulkWriteOperation<StoredDocument>[],
): Promise<void> {
  const { perCommand, run } = await pace();
  const collection = connection.database.collection<StoredDocument>(name);
  for (let from = 0; from < operations.length; from += perCommand) {
    const some = operations.slice(from, from + perCommand);
    const refused = await run(() =>
      connection.write(() => refusedOf(some, (all) => collection.bulkWrite(all, { ordered: false }))),
    );
    if (refused.length === 0) continue;
    // Either a later commit wrote the document, or another one inserted it at the same moment: now it is there, and what
    // is refused again was written later.
    await run(() =>
      connection.write(() => refusedOf(refused, (all) => collection.bulkWrite(all, { ordered: false }))),
    );
  }
}

/** The operations that would have inserted what is there. */
async function refusedOf(
  operations: readonly AnyBulkWriteOperation<StoredDocument>[],
  write: (operations: AnyBulkWriteOperation<StoredDocument>[]) => Promise<unknown>,
): Promise<readonly AnyBulkWriteOperation<StoredDocument>[]> {
  try {
    await write([...operations]);
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
    return [error.writeErrors].flat().flatMap(({ index }) => operations[index] ?? []);
  }
}
