import { createHmac, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Binary } from 'mongodb';
import type { ArchivedExport, ExportArchive } from '../../commands/exports/exportArchive.js';
import { chunksOf, contentBytes, openChunks, sealChunks } from '../sealedChunks.js';
import { unlessDuplicate } from './failures.js';
import type { KeyDatabase, StoredExport } from './keyDatabase.js';

/** About a megabyte. */
const chunksAtATime = 16;
/** Milliseconds after which a removal that was cut short is taken up: until then a download may read what it left. */
const removalPatience = 60 * 60 * 1000;

/**
 * Exports in chunks, so that every instance can answer the one request for an export, whichever made it. They stand in the
 * database of keys: what holds for its backups holds for them, short. Methods reject with KeyStoreUnavailable.
 */
export async function openMongoExportArchive(database: KeyDatabase): Promise<ExportArchive> {
  const { connection, exports, exportChunks } = database;
  const reading = new Map<string, number>();
  /** What is being removed here, and what could not be: that is tried again whenever the archive is listed. */
  const removing = new Set<string>();
  await connection.write(() => exportChunks.createIndex({ content: 1, number: 1 }));
  await finishRemovals();

  async function finishRemovals(): Promise<void> {
    const before = Date.now() - removalPatience;
    const left = await connection.read(() => exports.find({ removedAt: { $lt: before } }).toArray());
    for (const found of left) await removeContents(found);
  }

  /** The record last: while it is there, what a crash left can be found. */
  async function removeContents({ _id, contents }: StoredExport): Promise<void> {
    await deleteChunks(contents);
    await connection.write(() => exports.deleteOne({ _id, removedAt: { $ne: null } }));
  }

  async function deleteChunks(contents: readonly string[]): Promise<void> {
    await connection.write(() => exportChunks.deleteMany({ content: { $in: [...contents] } }));
  }

  /** Resolves with the bytes that were written. */
  async function writeChunks(content: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    let [bytes, number] = [0, 0];
    let waiting: { _id: string; content: string; number: number; bytes: Binary }[] = [];
    const write = async () => {
      const some = waiting;
      waiting = [];
      // With ids of their own, so that writing them again after an answer was lost finds them there.
      const operations = some.map((document) => ({
        replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
      }));
      await connection.write(() => exportChunks.bulkWrite(operations, { ordered: false }));
    };
    for await (const chunk of chunks) {
      waiting.push({ _id: `${content}/${number}`, content, number, bytes: new Binary(chunk) });
      bytes += chunk.length;
      number += 1;
      if (waiting.length === chunksAtATime) await write();
    }
    if (waiting.length > 0) await write();
    return bytes;
  }

  async function* readChunks(content: string, count: number): AsyncGenerator<Buffer, void, undefined> {
    for (let start = 0; start < count; start += chunksAtATime) {
      const some = await connection.read(() =>
        exportChunks
          .find({ content, number: { $gte: start, $lt: start + chunksAtATime } })
          .sort({ number: 1 })
          .toArray(),
      );
      for (const { bytes } of some) yield Buffer.from(bytes.buffer.subarray(0, bytes.length()));
    }
  }

  async function begin(entry: ArchivedExport): Promise<void> {
    const _id = nameOf(entry);
    await removeIfDue(_id);
    const { tenantId, exportId, subject } = entry;
    const begun = { tenantId, exportId, subject, contents: [], stored: [], removedAt: null };
    await connection.write(() => exports.insertOne({ _id, ...begun })).catch(unlessDuplicate);
  }

  return {
    begin,
    async store(entry, key, pieces) {
      const _id = nameOf(entry);
      const content = randomUUID();
      await begin(entry);
      // First, so that a crash leaves no chunk that nobody finds.
      await connection.write(() => exports.updateOne({ _id }, { $addToSet: { contents: content } }));
      try {
        const sealedBytes = await writeChunks(content, sealChunks(key, _id, pieces));
        const stored = { content, keyId: keyIdOf(key), sealedBytes };
        const { matchedCount } = await connection.write(() =>
          exports.updateOne({ _id, removedAt: null }, { $addToSet: { stored } }),
        );
        if (matchedCount === 0) throw new Error('the export was removed while it was made');
        return contentBytes(sealedBytes);
      } catch (error) {
        await deleteChunks([content]).catch(() => undefined);
        throw error;
      }
    },
    async open(entry, key) {
      const _id = nameOf(entry);
      const found = await connection.read(() => exports.findOne({ _id, removedAt: null }));
      // Under another key it is found as well, and does not open: the caller learns that it is there.
      const fitting = found?.stored.find(({ keyId }) => keyId === keyIdOf(key)) ?? found?.stored.at(-1);
      if (fitting === undefined) return undefined;
      const { content: id, sealedBytes } = fitting;
      const count = chunksOf(sealedBytes);
      const content = Readable.from(openChunks(key, _id, count, readChunks(id, count)), {
        objectMode: false,
      });
      reading.set(_id, (reading.get(_id) ?? 0) + 1);
      content.once('close', () => {
        const others = (reading.get(_id) ?? 1) - 1;
        if (others > 0) reading.set(_id, others);
        else reading.delete(_id);
        if (others === 0) void removeIfDue(_id).catch(() => undefined);
      });
      return { bytes: contentBytes(sealedBytes), content };
    },
    async remove(entry) {
      const _id = nameOf(entry);
      await connection.write(() =>
        exports.updateOne({ _id, removedAt: null }, { $set: { removedAt: Date.now() } }),
      );
      // Who reads it here removes it in the end; nobody reads it elsewhere, since an export is downloaded once.
      if (!reading.has(_id)) await removeIfDue(_id);
    },
    async list() {
      for (const _id of removing) if (!reading.has(_id)) await removeIfDue(_id);
      const all = await connection.read(() => exports.find({ removedAt: null }).toArray());
      return all.map(({ tenantId, exportId, subject }) => ({ tenantId, exportId, subject }));
    },
  };

  async function removeIfDue(_id: string): Promise<void> {
    removing.add(_id);
    const found = await connection.read(() => exports.findOne({ _id, removedAt: { $ne: null } }));
    if (found !== null) await removeContents(found);
    removing.delete(_id);
  }
}

function keyIdOf(key: Buffer): string {
  return createHmac('sha256', key).update('id of the key').digest('base64url');
}

function nameOf({ tenantId, exportId, subject }: ArchivedExport): string {
  return [tenantId, exportId, subject].map(encodeURIComponent).join('+');
}
