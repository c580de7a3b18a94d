import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Something in the way, no leave, or a place where no folder can be. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';

  constructor(folder: string, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    super(`The data folder ${folder} cannot be made or used${code}: choose another with WAYMARK_DATA`, {
      cause,
    });
  }
}

/**
 * Makes a folder with those above it, where they are not there. Not Node's recursive `mkdir`: that never ends below
 * `/proc`, where the folder above is there and yet none can be made.
 * @throws FolderUnusable
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(folder);
  } catch (error) {
    throw new FolderUnusable(folder, error);
  }
}

async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await make(dirname(folder));
    await mkdir(folder);
  }
}
