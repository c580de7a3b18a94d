import { createHash } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderUnusable, makeFolder } from './makeFolder.js';

/** Longest path a Unix domain socket may have on every platform we support. */
const longestSocketPath = 100;

export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string) {
    super(
      `Another Waymark process uses the data folder ${folder}: stop it, or choose another with WAYMARK_DATA`,
    );
  }
}

/**
 * Keeps a folder for one process: a listening Unix socket in it. It dies with its process, however that dies, so that no
 * stale lock outlives a crash and no process id is trusted.
 * @throws FolderInUse, FolderUnusable
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  await makeFolder(folder);
  const path = socketPath(await realpath(folder));
  for (let attempt = 1; ; attempt++) {
    const server = await listen(path).catch((error: unknown) => {
      throw new FolderUnusable(folder, error);
    });
    if (server !== undefined) return { release: () => close(server) };
    if (attempt > 3 || (await isAnswered(path)) || !(await removeStale(path))) throw new FolderInUse(folder);
  }
}

/** Moved aside and asked once more before it goes: another process may have taken the place of the dead one just now. */
async function removeStale(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  if (await isAnswered(aside)) {
    renameSync(aside, path);
    return false;
  }
  rmSync(aside, { force: true });
  return true;
}

function socketPath(folder: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\waymark-${hashOf(folder)}`;
  const path = join(folder, 'lock.sock');
  return path.length <= longestSocketPath ? path : join(tmpdir(), `waymark-${hashOf(folder)}.sock`);
}

function hashOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 24);
}

/** The server, undefined where the address is taken. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
