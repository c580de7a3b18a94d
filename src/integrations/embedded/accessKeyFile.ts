import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { AccessKeyStore } from '../../commands/accessKeys.js';
import {
  AccessKeyRing,
  describeAccessKey,
  type GivenKey,
  newAccessKey,
  type StoredAccessKey,
  storedAccessKey,
} from '../accessKeyRing.js';
import { makeFolder } from './makeFolder.js';

/** Milliseconds until a key made or revoked by another process is noticed. */
const recheckInterval = 1000;

const keyFile = z.strictObject({ version: z.literal(1), keys: z.array(storedAccessKey) });

export interface AccessKeyFileOptions {
  readonly path: string;
  readonly given: readonly GivenKey[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The installation's keys in one file, mode 0600, that only ever holds hashes.
 * @throws where the file is there and is no key file of this version
 */
export function openAccessKeyFile({ path, given, now }: AccessKeyFileOptions): AccessKeyStore {
  const ring = new AccessKeyRing(given);
  let version = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  load();

  function load(): void {
    checkedAt = now();
    const present = versionOf(path);
    if (present === version) return;
    ring.replace(readAccessKeys(path));
    version = present;
  }

  /** Whatever the file has become: an edit that cannot be read leaves the keys as they were. */
  function reload(): void {
    if (now() - checkedAt < recheckInterval) return;
    try {
      load();
    } catch {
      checkedAt = now();
    }
  }

  async function change(edit: (keys: StoredAccessKey[]) => StoredAccessKey[]): Promise<void> {
    await makeFolder(dirname(path));
    await writeAccessKeys(path, edit(readAccessKeys(path)));
    load();
  }

  return {
    authenticate(secret) {
      reload();
      return ring.find(secret);
    },
    async create(role, about = {}) {
      const { key, secret } = newAccessKey(role, about, now());
      await change((keys) => [...keys, key]);
      return { keyId: key.keyId, secret };
    },
    list: async () => readAccessKeys(path).map(describeAccessKey),
    async revoke(keyId) {
      const revokedAt = new Date(now()).toISOString();
      const inForce = readAccessKeys(path).some((key) => key.keyId === keyId && key.revokedAt === null);
      if (!inForce) return false;
      await change((keys) => keys.map((key) => (key.keyId === keyId ? { ...key, revokedAt } : key)));
      return true;
    },
    mayMakeFirst: async () => versionOf(path) === 'missing',
    close: async () => undefined,
  };
}

/** Changes with every write: each one puts a new file in the place of the old. */
function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'missing' : `${stats.ino}-${stats.mtimeMs}-${stats.size}`;
}

export function readAccessKeys(path: string): StoredAccessKey[] {
  if (versionOf(path) === 'missing') return [];
  const parsed = keyFile.safeParse(parse(readFileSync(path, 'utf8')));
  if (!parsed.success)
    throw new Error('the key file cannot be read: restore it, or remove it to make new keys');
  return parsed.data.keys;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, also through a power cut: written beside, synced, then put in its place. */
export async function writeAccessKeys(path: string, keys: readonly StoredAccessKey[]): Promise<void> {
  const beside = `${path}.${randomUUID()}.new`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
