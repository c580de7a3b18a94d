import { createPublicKey, sign } from 'node:crypto';
import { keyIdOf } from '../../audit/signedHead.js';
import { readOrCreateSigningKey } from './signingKeyFile.js';

/** The key under which this installation signs what it sends out. Ed25519 (RFC 8032). */
export interface SigningKey {
  /** The first 32 hex digits of the SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly keyId: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyPem: string;
  /** Over exactly these bytes; 64 bytes in base64. */
  sign(bytes: Buffer): { readonly keyId: string; readonly signature: string };
}

/**
 * The key in a file of mode 0600, as PKCS #8, made where there is none.
 * @throws Error where the file holds no Ed25519 key
 */
export async function openSigningKey(file: string): Promise<SigningKey> {
  const privateKey = await readOrCreateSigningKey(file);
  const publicKey = createPublicKey(privateKey);
  const keyId = keyIdOf(publicKey);
  return {
    keyId,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => ({ keyId, signature: sign(null, bytes, privateKey).toString('base64') }),
  };
}
