import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ArchivedExport, ExportArchive } from '../../commands/exports/exportArchive.js';
import { contentBytes } from '../sealedChunks.js';
import { readSealed, writeSealed } from './sealedFile.js';

/** Under way: a mark, and then what has been written so far. */
const begun = '.begun';
const sealed = '.sealed';

/**
 * Exports in a folder of their own. A file gets its final name when all of it is on disk: what a crash left behind still
 * has the other name, and is never opened.
 */
export async function openExportFolder(folder: string): Promise<ExportArchive> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (entry: ArchivedExport, ending: string) => join(folder, `${nameOf(entry)}${ending}`);

  return {
    async begin(entry) {
      await (await open(pathOf(entry, begun), 'w', 0o600)).close();
      await syncFolder(folder);
    },
    async store(entry, key, content) {
      const file = await open(pathOf(entry, begun), 'w', 0o600);
      let bytes: number;
      try {
        bytes = await writeSealed(file, key, nameOf(entry), content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(pathOf(entry, begun), pathOf(entry, sealed));
      await syncFolder(folder);
      return bytes;
    },
    async open(entry, key) {
      const file = await openExisting(pathOf(entry, sealed));
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      const content = Readable.from(readSealed(file, key, nameOf(entry), size), { objectMode: false });
      // Whoever reads it sees the stream's own errors; a file that was only read has nothing to lose in closing.
      content.once('close', () => void file.close().catch(() => undefined));
      return { bytes: contentBytes(size), content };
    },
    async remove(entry) {
      for (const ending of [begun, sealed]) await rm(pathOf(entry, ending), { force: true });
      await syncFolder(folder);
    },
    async list() {
      const entries = new Map<string, ArchivedExport>();
      for (const name of await readdir(folder)) {
        const match = /^([^+]+)\+([^+]+)\+([^+]+)\.(?:begun|sealed)$/.exec(name);
        const [, tenantId = '', exportId = '', subject = ''] = match?.map(decodeURIComponent) ?? [];
        const entry = { tenantId, exportId, subject };
        if (match !== null) entries.set(nameOf(entry), entry);
      }
      return [...entries.values()];
    },
  };
}

/** Escaped names hold neither `+` nor `/`. */
function nameOf({ tenantId, exportId, subject }: ArchivedExport): string {
  return [tenantId, exportId, subject].map(encodeURIComponent).join('+');
}

async function openExisting(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A new or changed name is durable only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
