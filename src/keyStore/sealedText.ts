import { createDecipheriv } from 'node:crypto';
import { hash64 } from '../domain/hash64.js';
import type { JsonValue } from '../domain/json.js';
import { sealedPrefix } from '../domain/privacy/detection.js';
import { GcmSealer, nonceLength, tagLength } from './gcmSealer.js';
import type { DataKey } from './keyStore.js';

/**
 * A personal value as it stands in events and documents: `sealed:v1:<key version>:<subject>:<payload>`, where the payload is
 * nonce (12 bytes), tag (16), length of the place (2), place, ciphertext of the value's JSON, in base64url.
 *
 * AES-256-GCM (NIST SP 800-38D) with tenant, subject, key version and place as additional data: a text that is put into
 * another person's or another tenant's data does not open. The place is `hash64` of the message and the field it was
 * sealed for; older texts hold these themselves.
 */
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

const placeBytes = 8;
const textAt = placeAt + placeBytes;
const placeHash = new Uint32Array(2);

/** Where a payload is put together; a longer one gets room of its own. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** Makes the sealed texts of one person under one of their keys. */
export class TextSealer {
  readonly #start: string;
  /** Made with the first text: many who come back bring nothing to seal. */
  #gcm: GcmSealer | undefined;

  constructor(
    private readonly tenantId: string,
    subject: string,
    private readonly dataKey: DataKey,
  ) {
    this.#start = startOf(dataKey.version, subject);
  }

  /** @param place message and field: the text is bound to them */
  seal(place: string, value: JsonValue): string {
    const plain = JSON.stringify(value);
    const most = textAt + 3 * plain.length;
    const payload = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
    payload.writeUInt16BE(placeBytes, placeAt - 2);
    hash64(place, placeHash);
    payload.writeUInt32BE(placeHash[0] ?? 0, placeAt);
    payload.writeUInt32BE(placeHash[1] ?? 0, placeAt + 4);
    this.#gcm ??= new GcmSealer(this.dataKey.key, boundTo(this.tenantId, this.#start));
    const end = textAt + this.#gcm.seal(payload, nonceLength, placeAt, textAt, plain);
    return this.#start + payload.toString('base64url', 0, end);
  }
}

/** Undefined where the text was not sealed by us for this tenant and subject, or was changed since. */
export function openText(
  tenantId: string,
  { version, subject, payload }: SealedText,
  { key }: DataKey,
): JsonValue | undefined {
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.length < placeAt) return undefined;
  const placeEnd = placeAt + bytes.readUInt16BE(placeAt - 2);
  if (bytes.length < placeEnd) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  const beginning = Buffer.from(boundTo(tenantId, startOf(version, subject)));
  decipher.setAAD(Buffer.concat([beginning, bytes.subarray(placeAt, placeEnd)]));
  decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
  try {
    const plain = decipher.update(bytes.subarray(placeEnd), undefined, 'utf8') + decipher.final('utf8');
    // What `TextSealer` has written.
    return JSON.parse(plain) as JsonValue;
  } catch {
    return undefined;
  }
}

function startOf(version: number, subject: string): string {
  return `${sealedPrefix}${version}:${subject}:`;
}

/** What the additional data begin with; the place follows. */
function boundTo(tenantId: string, start: string): string {
  return `${tenantId}\0${start}\0`;
}
