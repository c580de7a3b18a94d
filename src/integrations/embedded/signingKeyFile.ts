import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './makeFolder.js';

/**
 * The private Ed25519 key (RFC 8032) in a file of mode 0600, as PKCS #8 in PEM; made where there is none.
 * @throws Error where the file holds something else, without saying what
 */
export async function readOrCreateSigningKey(file: string): Promise<KeyObject> {
  await makeFolder(dirname(file));
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      const { privateKey } = generateKeyPairSync('ed25519');
      await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await handle.sync();
      return privateKey;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return parse(await readFile(file, 'utf8'), file);
}

function parse(pem: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What the parser says may quote the file.
  }
  throw new Error(`${file} must hold an Ed25519 key (PKCS #8, PEM): restore it from its backup`);
}
