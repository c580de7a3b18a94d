import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * How far a copy came, in a small file. Losing it costs time only: events sent again are not written again. It stays after
 * the end, so that the next copy to the same place takes only what is new.
 */
const copyState = z.object({
  version: z.literal(1),
  /** In the source: up to here all is durable in the target. */
  position: z.string(),
  /** The event there, to tell whether the target is still the one that was copied into. */
  streamName: z.string(),
  revision: z.string().regex(/^\d+$/),
  id: z.string(),
});

export type CopyState = Omit<z.infer<typeof copyState>, 'version'>;

export interface CopyStateFile {
  /** Undefined where there is none of this version: the copy then begins at the beginning. */
  load(): Promise<CopyState | undefined>;
  save(state: CopyState): Promise<void>;
}

/** @param direction tells copies of one folder apart: to where, or from where, without credentials */
export function openCopyState(dataFolder: string, direction: string): CopyStateFile {
  const name = createHash('sha256').update(direction).digest('hex').slice(0, 16);
  const path = join(dataFolder, 'copies', `${name}.json`);
  return {
    load: async () => {
      try {
        return copyState.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
      } catch (error) {
        if (error instanceof SyntaxError) return undefined;
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
  };
}
