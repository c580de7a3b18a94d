import { createPublicKey } from 'node:crypto';
import { type HeadKey, keyIdOf } from '../../audit/signedHead.js';
import { readOrCreateSigningKey } from './signingKeyFile.js';

/** The key that signs the heads of audit trails, made on the first start. @throws Error for a file that holds something else */
export async function readOrCreateAuditKey(file: string): Promise<HeadKey> {
  const privateKey = await readOrCreateSigningKey(file);
  const publicKey = createPublicKey(privateKey);
  return { keyId: keyIdOf(publicKey), privateKey, publicKey };
}
