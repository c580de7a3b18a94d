import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Rejection } from './rejections.js';

/** Bytes of one event as compact JSON. */
const eventBytes = 32 * 1024;
const deepest = 32;

const tooDeep = -1;
const notFinite = -2;

/** Undefined where the event is within the limits. Never recurses deeper than the limit. */
export function overLimits(event: JsonObject): Rejection | undefined {
  const weight = weigh(event, deepest);
  if (weight === tooDeep) return { code: 'too-deep' };
  if (weight === notFinite) return { code: 'invalid-number' };
  // A character is at most six bytes of JSON (`\u0000`): nearly every event passes without being written out.
  if (weight * 6 <= eventBytes || Buffer.byteLength(JSON.stringify(event)) <= eventBytes) return undefined;
  return { code: 'event-too-large' };
}

/** Characters of the value as compact JSON before escaping, or a little more; negative where a limit is broken. */
function weigh(value: JsonValue | undefined, depth: number): number {
  if (typeof value === 'string') return value.length + 3;
  // JSON.parse gives Infinity for 1e999. 25 characters is the longest a number is written with.
  if (typeof value === 'number') return Number.isFinite(value) ? 26 : notFinite;
  if (typeof value !== 'object' || value === null) return 6;
  if (depth === 0) return tooDeep;
  let total = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      const weight = weigh(item, depth - 1);
      if (weight < 0) return weight;
      total += weight;
    }
    return total;
  }
  for (const key in value) {
    const weight = weigh(value[key], depth - 1);
    if (weight < 0) return weight;
    total += key.length + 4 + weight;
  }
  return total;
}
