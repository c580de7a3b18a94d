import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './makeFolder.js';

/**
 * The root of all secrets of an installation: 256 bits in a file of mode 0600, made on the first start. Who loses it can no
 * longer tell which journey is whose, nor read what is sealed; who copies it and the folder of keys can.
 * @param isInUse whether there is something recorded already: then a missing key is an error, never made anew
 */
export async function readOrCreateRootKey(file: string, isInUse: boolean): Promise<Buffer> {
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
      return key;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new Error('The root key file must hold 64 hexadecimal digits: restore it from its backup');
  }
  return Buffer.from(text, 'hex');
}

/** Whether this is the key that a data folder without keys of its own was recorded under, by the fingerprint beside it. */
export async function fitsFingerprint(file: string, key: Buffer): Promise<boolean> {
  const fingerprint = createHmac('sha256', key).update('fingerprint').digest('hex');
  return (await readFile(file, 'utf8')).trim() === fingerprint;
}
