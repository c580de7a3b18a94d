import { isUtf8 } from 'node:buffer';
import { CodedError } from '../../domain/errors.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';

export interface ParsedJson {
  readonly value: JsonValue;
  /**
   * Whether the text can hold what `cleanJson` removes. NUL and lone surrogates get into valid UTF-8 only through
   * escapes, so nearly every body is known to be clean from one scan of its text.
   */
  readonly needsCleaning: boolean;
}

/**
 * Parses what a client sent. Of keys that appear twice in one object the last wins.
 * @throws CodedError `invalid-json`
 */
export function parseJson(bytes: Buffer): ParsedJson {
  if (!isUtf8(bytes)) throw new CodedError('invalid-json', 'The body is not valid UTF-8.');
  return parseJsonText(bytes.toString('utf8'));
}

/** @throws CodedError `invalid-json` */
export function parseJsonText(text: string): ParsedJson {
  try {
    return {
      value: JSON.parse(text),
      needsCleaning: text.includes('\\u') || text.includes('__proto__'),
    };
  } catch {
    throw new CodedError('invalid-json', 'The body cannot be parsed as JSON.');
  }
}

/**
 * A copy that every store can hold and give back unchanged: lone surrogates and NUL in texts and keys become U+FFFD,
 * keys `__proto__` are left out. The caller has bounded the depth.
 */
export function cleanJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value !== 'object') return value;
  return Array.isArray(value) ? value.map(cleanJson) : cleanObject(value);
}

export function cleanObject(object: JsonObject): JsonObject {
  const clean: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (key !== '__proto__' && value !== undefined) clean[cleanText(key)] = cleanJson(value);
  }
  return clean;
}

function cleanText(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '\u{fffd}');
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
