import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { takeRandom } from '../../keyStore/randomPool.js';

const nonceBytes = 12;
const tagBytes = 16;

/** What a wrapped data key belongs to; it opens for nothing else. */
export function dataKeyContext(
  tenantId: string,
  subject: string,
  version: number,
  tenantKeyVersion: number,
): string {
  return JSON.stringify([tenantId, subject, version, tenantKeyVersion]);
}

/** AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes). @param context must be the same when it is unwrapped */
export function wrapKey(wrapping: KeyObject, key: Buffer, context: string): Buffer {
  const nonce = takeRandom(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', wrapping, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** The key's bytes, for the caller to overwrite; undefined where it was wrapped by another key or for another context. */
export function unwrapKey(wrapping: KeyObject, wrapped: Buffer, context: string): Buffer | undefined {
  const tagStart = wrapped.length - tagBytes;
  if (tagStart < nonceBytes) return undefined;
  const nonce = wrapped.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', wrapping, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(wrapped.subarray(tagStart));
  const key = decipher.update(wrapped.subarray(nonceBytes, tagStart));
  try {
    decipher.final();
    return key;
  } catch {
    key.fill(0);
    return undefined;
  }
}

/** Takes the bytes over: they are overwritten once the key is made. */
export function toKeyObject(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
