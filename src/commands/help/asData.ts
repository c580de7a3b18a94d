import { cut } from '../../domain/text.js';

/** Characters of one value, and of all that is shown at once. */
const longestValue = 200;
const longestData = 6000;
const mostEntries = 20;
/** Objects within objects. */
const deepest = 4;

/**
 * What users typed, as a model is shown it: JSON that cannot leave its delimiters, bounded in each part and as a whole. What
 * is too large as a whole is left out rather than cut into something else.
 */
export function asData(value: unknown): string {
  const json = (JSON.stringify(bounded(value, 0)) ?? 'null').replaceAll(/[<>&\u2028\u2029]/g, escaped);
  return `<data>${json.length <= longestData ? json : '"too much to be shown"'}</data>`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cut(value.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' '), longestValue);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return null;
  if (Array.isArray(value)) return value.slice(0, mostEntries).map((each) => bounded(each, depth + 1));
  const entries = Object.entries(value).slice(0, mostEntries);
  return Object.fromEntries(entries.map(([name, each]) => [cut(name, 64), bounded(each, depth + 1)]));
}
