import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { localRootKey, withPreviousRootKey } from './localRootKey.js';
import { makeFolder } from './makeFolder.js';

/**
 * The root of all secrets of an installation: 256 bits in a file of mode 0600, made on the first start. Who loses it can no
 * longer tell which journey is whose, nor read what is sealed; who copies it and the folder of keys can.
 * @param isInUse whether there is something recorded already: then a missing key is an error, never made anew
 */
export async function readOrCreateRootKey(file: string, isInUse: boolean): Promise<RootKeys> {
  if (isInUse && !existsSync(file)) {
    throw new Error(
      'There are events, but the root key they were recorded under is missing: restore root.key, or set WAYMARK_ROOT_KEY or VAULT_ADDR',
    );
  }
  await makeFolder(dirname(file));
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      const key = randomBytes(32);
      await handle.writeFile(`${key.toString('hex')}\n`);
      await handle.sync();
      return { own: key, previous: undefined };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readRootKeys(file);
}

/** The root key, and while it is being rotated the one before it. */
export interface RootKeys {
  readonly own: Buffer;
  readonly previous: Buffer | undefined;
}

/** The key in the first line, the previous one in the second. @throws Error where the file cannot be read or holds something else */
export async function readRootKeys(file: string): Promise<RootKeys> {
  const lines = (await readFile(file, 'utf8')).trim().split(/\s+/);
  if (lines.length > 2 || !lines.every((line) => /^[0-9a-f]{64}$/i.test(line))) {
    throw new Error('The root key file must hold 64 hexadecimal digits: restore it from its backup');
  }
  const [own = '', previous] = lines;
  return {
    own: Buffer.from(own, 'hex'),
    previous: previous === undefined ? undefined : Buffer.from(previous, 'hex'),
  };
}

/**
 * The root key in a file that is read before each use, so that it can be rotated while it is in use. It is asked seldom: at the
 * start, once for each tenant, and to rotate.
 */
export function rootKeyInFile(file: string): RootKey {
  async function present(): Promise<RootKey> {
    const { own, previous } = await readRootKeys(file).catch(() => {
      throw new KeyStoreUnavailable('the root key file cannot be read, or holds no root key');
    });
    return previous === undefined
      ? localRootKey(own)
      : withPreviousRootKey(localRootKey(own), localRootKey(previous));
  }
  return {
    wrap: async (key) => (await present()).wrap(key),
    unwrap: async (wrapped) => (await present()).unwrap(wrapped),
    rewrap: async (wrapped) => (await present()).rewrap(wrapped),
  };
}

/** Whether this is the key that a data folder without keys of its own was recorded under, by the fingerprint beside it. */
export async function fitsFingerprint(file: string, key: Buffer): Promise<boolean> {
  const fingerprint = createHmac('sha256', key).update('fingerprint').digest('hex');
  return (await readFile(file, 'utf8')).trim() === fingerprint;
}
