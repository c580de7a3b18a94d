import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { type HeadKey, keyIdOf } from '../../audit/signedHead.js';

/**
 * The Ed25519 key that signs the heads of audit trails: PKCS #8 in PEM, in a file of mode 0600, made on the first start.
 * @throws Error for a file that holds something else
 */
export async function readOrCreateAuditKey(file: string): Promise<HeadKey> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      const { privateKey } = generateKeyPairSync('ed25519');
      await handle.writeFile(privateKey.export({ format: 'pem', type: 'pkcs8' }));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return toHeadKey(toPrivateKey(await readFile(file, 'utf8')));
}

/** @param privateKey Ed25519 */
export function toHeadKey(privateKey: KeyObject): HeadKey {
  const publicKey = createPublicKey(privateKey);
  return { keyId: keyIdOf(publicKey), privateKey, publicKey };
}

function toPrivateKey(pem: string) {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, without what the file holds.
  }
  throw new Error('The file of the audit key must hold an Ed25519 key in PEM: restore it from its backup');
}
