import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { JsonValue } from '../domain/json.js';
import { sealedPrefix } from '../domain/privacy/detection.js';
import type { DataKey } from './keyStore.js';

/**
 * A personal value as it stands in events and documents: `sealed:v1:<key version>:<subject>:<payload>`, where the payload is
 * nonce (12 bytes), tag (16), length of the place (2), place, ciphertext of the value's JSON, in base64url.
 *
 * AES-256-GCM (NIST SP 800-38D) with tenant, subject, key version and place as additional data: a text that is put into
 * another person's or another tenant's data does not open. The place is the message and the field it was sealed for.
 */
const nonceLength = 12;
const tagLength = 16;
const placeAt = nonceLength + tagLength + 2;
const pattern = /^sealed:v1:([1-9]\d{0,8}):([0-9a-f]{32}):([A-Za-z0-9_-]+)$/;

export interface SealedText {
  readonly version: number;
  readonly subject: string;
  readonly payload: string;
}

/** Undefined for a text that only looks like one. */
export function parseSealed(text: string): SealedText | undefined {
  const [, version, subject, payload] = pattern.exec(text) ?? [];
  if (version === undefined || subject === undefined || payload === undefined) return undefined;
  return { version: Number(version), subject, payload };
}

export interface SealOwner {
  readonly tenantId: string;
  readonly subject: string;
}

/** @param place message and field, at most 65,535 bytes: they are bound to the text and readable in it */
export function sealText(
  { tenantId, subject }: SealOwner,
  { version, key }: DataKey,
  place: string,
  value: JsonValue,
): string {
  const start = `${sealedPrefix}${version}:${subject}:`;
  const plain = JSON.stringify(value);
  const placeLength = Buffer.byteLength(place);
  const payload = Buffer.allocUnsafe(placeAt + placeLength + 3 * plain.length);
  nextNonce().copy(payload);
  payload.writeUInt16BE(placeLength, placeAt - 2);
  payload.write(place, placeAt);
  const cipher = createCipheriv('aes-256-gcm', key, payload.subarray(0, nonceLength));
  cipher.setAAD(boundTo(tenantId, start, place));
  const ciphertext = cipher.update(plain, 'utf8');
  cipher.final();
  cipher.getAuthTag().copy(payload, nonceLength);
  const end = placeAt + placeLength + ciphertext.copy(payload, placeAt + placeLength);
  return start + payload.toString('base64url', 0, end);
}

/** Undefined where the text was not sealed by us for this tenant and subject, or was changed since. */
export function openText(
  tenantId: string,
  { version, subject, payload }: SealedText,
  { key }: DataKey,
): JsonValue | undefined {
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.length < placeAt) return undefined;
  const textAt = placeAt + bytes.readUInt16BE(placeAt - 2);
  if (bytes.length < textAt) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(
    boundTo(tenantId, `${sealedPrefix}${version}:${subject}:`, bytes.toString('utf8', placeAt, textAt)),
  );
  decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
  try {
    const plain = decipher.update(bytes.subarray(textAt), undefined, 'utf8') + decipher.final('utf8');
    // What `sealText` has written.
    return JSON.parse(plain) as JsonValue;
  } catch {
    return undefined;
  }
}

function boundTo(tenantId: string, start: string, place: string): Buffer {
  return Buffer.from(`${tenantId}\0${start}\0${place}`);
}

/** Drawn many at a time: a call to the system for each would cost as much as the cipher. */
const nonces = Buffer.allocUnsafeSlow(nonceLength * 512);
let nextNonceAt = nonces.length;

function nextNonce(): Buffer {
  if (nextNonceAt === nonces.length) {
    randomFillSync(nonces);
    nextNonceAt = 0;
  }
  nextNonceAt += nonceLength;
  return nonces.subarray(nextNonceAt - nonceLength, nextNonceAt);
}
