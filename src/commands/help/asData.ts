import { cut } from '../../domain/text.js';
import type { Hide } from './withoutPersonal.js';

/** Characters of one value, and of all that is shown at once. */
const longestValue = 200;
/** Characters that are looked at: a value at the cut is found as a whole. */
const longestHidden = 2000;
const longestData = 6000;
const mostEntries = 20;
/** Objects within objects. */
const deepest = 4;

/**
 * What users typed, as a model is shown it: JSON that cannot leave its delimiters, bounded in each part and as a whole. What
 * is too large as a whole is left out rather than cut into something else.
 * @param hide what becomes of each text and name in it before anything is cut
 */
export function asData(value: unknown, hide: Hide): string {
  const json = jsonOf(bounded(value, hide, 0));
  return delimited(json.length <= longestData ? json : '"too much to be shown"');
}

/** The same in full, of what is bounded already and may be shown: whoever judges a text must see all of it. */
export function asWholeData(value: unknown): string {
  return delimited(jsonOf(value));
}

function jsonOf(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll(/[<>&\u2028\u2029]/g, escaped);
}

function delimited(json: string): string {
  return `<data>${json}</data>`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function bounded(value: unknown, hide: Hide, depth: number): unknown {
  if (typeof value === 'string') return cut(shownText(value, hide), longestValue);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return null;
  const within = (each: unknown) => bounded(each, hide, depth + 1);
  if (Array.isArray(value)) return value.slice(0, mostEntries).map(within);
  const entries = Object.entries(value).slice(0, mostEntries);
  return Object.fromEntries(entries.map(([name, each]) => [cut(shownText(name, hide), 64), within(each)]));
}

/** Without what could part a value so that it is not found. */
function shownText(text: string, hide: Hide): string {
  const plain = text
    .slice(0, longestHidden)
    .replaceAll(/\p{Cf}+/gu, '')
    .replaceAll(/\p{Cc}+/gu, ' ');
  return hide(plain);
}
