import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

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
  return toSigningKey(await readOrCreate(file));
}

/** @param privateKey Ed25519 */
export function toSigningKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32);
  return {
    keyId,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => ({ keyId, signature: sign(null, bytes, privateKey).toString('base64') }),
  };
}

async function readOrCreate(file: string): Promise<KeyObject> {
  await mkdir(dirname(file), { recursive: true });
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
  return parse(await readFile(file, 'utf8'));
}

function parse(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What the parser says may quote the file.
  }
  throw new Error('The signing key file must hold an Ed25519 key (PKCS #8, PEM): restore it from its backup');
}
