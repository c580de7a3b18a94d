import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * How far an import came, in a small file that lives while the import is unfinished. Losing it costs time only:
 * lines sent again are answered as duplicates.
 */
export interface ImportState {
  /** Lines from the start whose messages are all durable. */
  readonly lines: number;
  /** SHA-256 of the first line: another source under the same name starts from its beginning. */
  readonly firstLine: string;
}

export interface ImportStateFile {
  load(): Promise<ImportState | undefined>;
  save(state: ImportState): Promise<void>;
  remove(): Promise<void>;
}

export function openImportState(path: string): ImportStateFile {
  return {
    load: async () => {
      try {
        return parse(await readFile(path, 'utf8'));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    // Written aside and renamed, so that a crash leaves the old state or the new one.
    save: async (state) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify({ version: 1, ...state }));
      await rename(`${path}.new`, path);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** One state for each pair of source and target. Standard input has none by itself: nobody can read it again. */
export function importStatePath(dataFolder: string, file: string, target: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([resolve(file), target]))
    .digest('hex');
  return join(dataFolder, 'imports', `${name.slice(0, 16)}.json`);
}

export function fingerprint(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** Undefined for what this version did not write: the import then starts from the beginning. */
function parse(text: string): ImportState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('version' in value && value.version === 1 && 'lines' in value && 'firstLine' in value)) {
      return undefined;
    }
    const { lines, firstLine } = value;
    return typeof lines === 'number' && Number.isSafeInteger(lines) && typeof firstLine === 'string'
      ? { lines, firstLine }
      : undefined;
  } catch {
    return undefined;
  }
}
