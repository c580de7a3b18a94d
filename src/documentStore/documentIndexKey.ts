import { createHash } from 'node:crypto';
import type { Scalar } from './documentStore.js';

/**
 * Scalars as bytes whose order is the order of the values, each self-delimiting, so that several make one key.
 * Types are ordered as MongoDB orders them: numbers, strings, booleans. Strings are ordered by their UTF-8 bytes.
 *
 * lmdb's keys end at 1,978 bytes, so a string stands in a key with its first 256 bytes (a NUL counts twice) and, where
 * it is longer, a digest of the whole. Such strings are told apart and each has one fixed place, but those that agree
 * in their first 256 bytes are ordered by digest. Lone surrogates are ordered as U+FFFD.
 */
const tags = { number: 2, string: 3, false: 4, true: 5 } as const;
const keptBytes = 256;
const digestLength = 22;
const loneSurrogate = /\p{Surrogate}/u;

/** Never occurs in UTF-8: a key with this byte appended sorts behind all keys that begin with it. */
export const highest = Buffer.of(0xff);
const behindTags = Buffer.of(0xfe);
/** Six strings of the longest form (fields and id) and the index's number stay below lmdb's limit. */
export const maxIndexFields = 5;
/** What `writeScalar` may need while it writes. */
export const scalarRoom = 1 + 3 * keptBytes + 1;

const scratch = Buffer.allocUnsafe(scalarRoom);

export function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export function encodeScalar(value: Scalar): Buffer {
  const end = writeScalar(value, scratch, 0);
  const key = Buffer.allocUnsafe(end);
  scratch.copy(key, 0, 0, end);
  return key;
}

/** @returns the end; `target` has `scalarRoom` bytes after `start` */
export function writeScalar(value: Scalar, target: Buffer, start: number): number {
  if (typeof value === 'string') return writeString(value, target, start);
  if (typeof value === 'boolean') {
    target[start] = value ? tags.true : tags.false;
    return start + 1;
  }
  return writeNumber(value, target, start);
}

/** Of negative numbers all bits are turned, of others the sign: then their bytes are ordered as they are. */
function writeNumber(value: number, target: Buffer, start: number): number {
  target[start] = tags.number;
  target.writeDoubleBE(value === 0 ? 0 : value, start + 1);
  const mask = value < 0 ? 0xff : 0;
  for (let at = start + 1; at < start + 9; at++) target[at] = (target[at] ?? 0) ^ mask;
  if (mask === 0) target[start + 1] = (target[start + 1] ?? 0) ^ 0x80;
  return start + 9;
}

/** An id's key is its own alone, also where it is not well-formed Unicode. */
export function encodeId(id: string): Buffer {
  return loneSurrogate.test(id)
    ? Buffer.concat([Buffer.of(tags.string), unusualString(id, true)])
    : encodeScalar(id);
}

function writeString(value: string, target: Buffer, start: number): number {
  target[start] = tags.string;
  if (value.length <= keptBytes) {
    const written = target.write(value, start + 1);
    if (written <= keptBytes && !value.includes('\0')) {
      target[start + 1 + written] = 0;
      return start + 2 + written;
    }
  }
  const bytes = unusualString(value, false);
  bytes.copy(target, start + 1);
  return start + 1 + bytes.length;
}

/** NUL is escaped as 00 FF, so that the terminating 00, which a tag or the end follows, sorts before it. */
function unusualString(value: string, withDigest: boolean): Buffer {
  const bytes: number[] = [];
  for (const byte of Buffer.from(value.slice(0, keptBytes + 1))) {
    bytes.push(byte);
    if (byte === 0) bytes.push(0xff);
  }
  if (bytes.length <= keptBytes && !withDigest) return Buffer.of(...bytes, 0);
  const digest = createHash('sha256').update(value, 'utf16le').digest('base64url').slice(0, digestLength);
  return Buffer.concat([Buffer.from(bytes.slice(0, keptBytes)), highest, Buffer.from(digest), Buffer.of(0)]);
}

/** Whether other values can share this one's key, so that the document has to be asked. */
export function isAmbiguous(value: Scalar): boolean {
  return typeof value === 'string' && (loneSurrogate.test(value) || cutAt(encodeScalar(value)) !== undefined);
}

/**
 * All keys that begin with this one, or with the part of it before a digest. A whole scalar is followed by a tag or the
 * end, while FF behind a string's 00 is a NUL of a longer string, which does not belong.
 */
export function keyRange(key: Buffer): { readonly low: Buffer; readonly high: Buffer } {
  const cut = cutAt(key);
  if (cut === undefined) return { low: key, high: Buffer.concat([key, behindTags]) };
  const low = key.subarray(0, cut);
  return { low, high: Buffer.concat([low, highest, highest]) };
}

/** Where the digest's mark stands: an FF that does not escape a NUL. */
function cutAt(key: Buffer): number | undefined {
  const mark = key.length - digestLength - 2;
  return key[mark] === 0xff ? mark : undefined;
}

/** The end of the scalar that starts at `start`. */
export function skipScalar(key: Uint8Array, start: number): number {
  const tag = key[start];
  if (tag === tags.number) return start + 9;
  if (tag !== tags.string) return start + 1;
  let at = start + 1;
  while (key[at] !== 0 || key[at + 1] === 0xff) at += key[at] === 0 ? 2 : 1;
  return at + 1;
}

/** All values of one type lie between its tag and the next. */
export function typeRange(value: Scalar): { readonly low: Buffer; readonly high: Buffer } {
  const first =
    typeof value === 'number' ? tags.number : typeof value === 'string' ? tags.string : tags.false;
  return { low: Buffer.of(first), high: Buffer.of(typeof value === 'boolean' ? tags.true + 1 : first + 1) };
}
