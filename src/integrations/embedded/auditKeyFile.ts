import { createPublicKey, type KeyObject } from 'node:crypto';
import { type HeadKey, keyIdOf } from '../../audit/signedHead.js';
import { readOrCreateSigningKey } from './signingKeyFile.js';

/** The key that signs the heads of audit trails, made on the first start. @throws Error for a file that holds something else */
export async function readOrCreateAuditKey(file: string): Promise<HeadKey> {
  return toHeadKey(await readOrCreateSigningKey(file));
}

/** @param privateKey Ed25519 */
export function toHeadKey(privateKey: KeyObject): HeadKey {
  const publicKey = createPublicKey(privateKey);
  return { keyId: keyIdOf(publicKey), privateKey, publicKey };
}
