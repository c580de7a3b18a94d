import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import type { Test } from 'tap';

/** Where `scripts/ferretdb.mjs` puts it. */
const built = fileURLToPath(new URL('../../ferretdb', import.meta.url));
const program = process.env.FERRETDB_BIN ?? built;
const given = process.env.MONGODB_URL;

/** Why tests that need a server for MongoDB's protocol are skipped; false where they run. */
export const noMongoServer: string | false =
  given !== undefined || existsSync(program)
    ? false
    : 'no MongoDB: name one in MONGODB_URL, or build the test server with `node scripts/ferretdb.mjs` (needs Go 1.24)';

export interface FerretServer {
  readonly port: number;
  readonly pid: number;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** FerretDB on SQLite in `folder`. It ends with this process at the latest. */
export async function startFerretServer(folder: string, port = 0): Promise<FerretServer> {
  const child = spawn(program, [folder, `127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const listening = once(createInterface(child.stdout), 'line');
  const failed = exited.then(([code]) => {
    throw new Error(`the test server ended with ${code}`);
  });
  failed.catch(() => undefined);
  const [line] = await Promise.race([listening, failed]);
  return {
    port: Number(new URL(String(line)).port),
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * A database of the test's own, by its URL: on the server that MONGODB_URL names, or on a FerretDB started for it.
 * Afterwards it is dropped, with all whose names begin with its name.
 */
export async function mongoDatabase(t: Test): Promise<string> {
  const name = `waymark-test-${randomUUID()}`;
  if (given !== undefined) {
    t.teardown(async () => {
      const client = new MongoClient(given);
      const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
      const made = databases.filter((database) => database.name.startsWith(name));
      for (const database of made) await client.db(database.name).dropDatabase();
      await client.close();
    });
    return withDatabase(given, name);
  }
  // Not the test's own folder, which is emptied when the test asks for it.
  const folder = await mkdtemp(join(tmpdir(), 'waymark-mongo-'));
  const server = await startFerretServer(folder);
  t.teardown(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  return `mongodb://127.0.0.1:${server.port}/${name}`;
}

/** There may be several hosts, so it is no URL in the strict sense. Whoever the path's database knew is still known there. */
function withDatabase(url: string, name: string): string {
  const [, server = '', path = '', options = ''] = /^(\w[\w+]*:\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  const parameters = new URLSearchParams(options);
  if (server.includes('@') && !parameters.has('authSource')) parameters.set('authSource', path || 'admin');
  const query = parameters.toString();
  return `${server}/${name}${query === '' ? '' : `?${query}`}`;
}
