import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Access, type AccessKeys, type AccessRole, accessRoles } from '../../commands/accessKeys.js';
import { makeFolder } from './makeFolder.js';

/** Milliseconds until a key made or revoked by another process is noticed. */
const recheckInterval = 1000;

const tenantId = 'default';
const prefixes: Readonly<Record<AccessRole, string>> = {
  write: 'wk_',
  administrator: 'wa_',
  analyst: 'wn_',
  support: 'wu_',
  'privacy-officer': 'wp_',
  service: 'ws_',
};

const storedKey = z.strictObject({
  keyId: z.string(),
  tenantId: z.string(),
  role: z.enum(accessRoles),
  /** Of a service key that sees personal values; absent otherwise. */
  personalFields: z.literal(true).optional(),
  /** SHA-256 of the secret, hex. The secret has 256 random bits, so nothing slower is needed. */
  secretHash: z.string().length(64),
  createdAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});
const keyFile = z.strictObject({ version: z.literal(1), keys: z.array(storedKey) });

type StoredKey = z.infer<typeof storedKey>;

export type KeyDescription = Omit<StoredKey, 'secretHash'>;

/** A secret that the operator chose, from the environment; it is never written to the file. */
export interface GivenKey {
  readonly secret: string;
  readonly role: AccessRole;
}

interface KnownKey {
  readonly digest: Buffer;
  readonly access: Access;
}

/** The installation's keys in one file, mode 0600, that only ever holds hashes. */
export interface AccessKeyFile extends AccessKeys {
  /**
   * The secret is told this once.
   * @param about of a `service` key whether it sees personal values
   */
  create(
    role: AccessRole,
    about?: { readonly personalFields?: true },
  ): Promise<{ readonly keyId: string; readonly secret: string }>;
  list(): readonly KeyDescription[];
  /** False where no such key is in force. */
  revoke(keyId: string): Promise<boolean>;
}

export interface AccessKeyFileOptions {
  readonly path: string;
  readonly given: readonly GivenKey[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** @throws where the file is there and is no key file of this version */
export function openAccessKeyFile({ path, given, now }: AccessKeyFileOptions): AccessKeyFile {
  const givenKeys = given.map(knownGivenKey);
  let known: readonly KnownKey[] = [];
  let version = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  load();

  function load(): void {
    checkedAt = now();
    const present = versionOf(path);
    if (present === version) return;
    known = [...givenKeys, ...readKeys(path).flatMap(knownStoredKey)];
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

  async function change(edit: (keys: StoredKey[]) => StoredKey[]): Promise<void> {
    await makeFolder(dirname(path));
    await writeKeys(path, edit(readKeys(path)));
    load();
  }

  return {
    authenticate(secret) {
      reload();
      const digest = digestOf(secret);
      // Every key is compared: how long this takes says nothing of which one came close.
      let access: Access | undefined;
      for (const key of known) if (timingSafeEqual(key.digest, digest)) access = key.access;
      return access;
    },
    async create(role, about = {}) {
      const secret = prefixes[role] + randomBytes(32).toString('base64url');
      const key: StoredKey = {
        keyId: randomUUID(),
        tenantId,
        role,
        ...(about.personalFields && { personalFields: true }),
        secretHash: digestOf(secret).toString('hex'),
        createdAt: new Date(now()).toISOString(),
        revokedAt: null,
      };
      await change((keys) => [...keys, key]);
      return { keyId: key.keyId, secret };
    },
    list() {
      return readKeys(path).map(({ secretHash: _, ...description }) => description);
    },
    async revoke(keyId) {
      const revokedAt = new Date(now()).toISOString();
      const inForce = readKeys(path).some((key) => key.keyId === keyId && key.revokedAt === null);
      if (!inForce) return false;
      await change((keys) => keys.map((key) => (key.keyId === keyId ? { ...key, revokedAt } : key)));
      return true;
    },
  };
}

function knownGivenKey({ secret, role }: GivenKey): KnownKey {
  return { digest: digestOf(secret), access: { tenantId, keyId: `given-${role}`, role } };
}

function knownStoredKey(key: StoredKey): KnownKey[] {
  if (key.revokedAt !== null) return [];
  const { keyId, role, personalFields } = key;
  const access = { tenantId: key.tenantId, keyId, role, ...(personalFields && { personalFields }) };
  return [{ digest: Buffer.from(key.secretHash, 'hex'), access }];
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** Changes with every write: each one puts a new file in the place of the old. */
function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'missing' : `${stats.ino}-${stats.mtimeMs}-${stats.size}`;
}

function readKeys(path: string): StoredKey[] {
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
async function writeKeys(path: string, keys: readonly StoredKey[]): Promise<void> {
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
