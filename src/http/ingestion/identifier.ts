import type { JsonValue } from '../../domain/json.js';

const longest = 256;

/**
 * An id as text. Empty where the client gave none (absent, null, or an empty text, which several clients send for a
 * visitor they do not know); undefined where what it gave cannot be an id: another type, too long, control characters,
 * broken Unicode, or a number that JSON readers do not agree on (past 2^53, or with a fraction).
 */
export function readIdentifier(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || value.length > longest) return undefined;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return undefined;
    if (unit >= 0xd800 && unit <= 0xdfff && loneSurrogate.test(value)) return undefined;
  }
  return value;
}

const loneSurrogate = /\p{Cs}/u;
