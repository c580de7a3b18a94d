import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { EventLogDamaged } from '../eventStore.js';

/** Where lmdb 1.0 (data version 2) keeps these in the meta page that stands at the start of each of two pages. */
const meta = { magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152, size: 160 } as const;
const metaMagic = 0xbeefc0de;
const metaVersion = 2;
/** lmdb may leave its very last pages unwritten where it took and gave them back within one transaction. */
const slackPages = 16;

/**
 * lmdb ends the whole process (a segmentation fault or bus error) where its meta pages are no meta pages or its
 * file is cut. This looks before lmdb does. A folder without a data file is a new log.
 * @throws EventLogDamaged
 */
export function assertDatabaseFile(folder: string): void {
  let file: number;
  try {
    file = openSync(join(folder, 'data.mdb'), 'r');
  } catch {
    return; // missing, or lmdb will say why it cannot be opened
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const first = readMeta(file, 0);
    const second = readMeta(file, first.readUInt32LE(meta.pageSize));
    const latest = transactionOf(first) > transactionOf(second) ? first : second;
    const pages = Number(latest.readBigUInt64LE(meta.lastPage)) + 1 - slackPages;
    if (size < pages * first.readUInt32LE(meta.pageSize)) throw damaged('its file is cut short');
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, at: number): Buffer {
  const bytes = Buffer.alloc(meta.size);
  const read = readSync(file, bytes, 0, meta.size, at);
  const isMeta =
    read === meta.size &&
    bytes.readUInt32LE(meta.magic) === metaMagic &&
    bytes.readUInt32LE(meta.version) === metaVersion;
  if (!isMeta) throw damaged('its file does not begin like one');
  return bytes;
}

function transactionOf(page: Buffer): bigint {
  return page.readBigUInt64LE(meta.transaction);
}

function damaged(reason: string): EventLogDamaged {
  return new EventLogDamaged(
    `the event log's database is damaged: ${reason}. ` +
      'Nothing was changed. Keep a copy of the folder and restore it from a backup.',
  );
}
