import { cut } from '../../domain/text.js';
import type { Hide } from './withoutPersonal.js';

/** Characters of one value, and of all that is shown at once. */
const longestValue = 200;
/** Characters that are looked at. What stands at their end may be the half of a value, which is not found: it is not shown. */
const longestHidden = 2000;
const longestData = 6000;
const mostEntries = 20;
const longestName = 64;
/** Objects within objects. */
const deepest = 4;
/** Stands where something ends that is not shown to its end; a text that repeats it is refused. */
const cutMark = '[cut]';

/**
 * What users typed, as a model is shown it: JSON that cannot leave its delimiters, bounded in each part and as a whole. What
 * is cut says so; what is too large as a whole is left out rather than cut into something else.
 * @param hide what becomes of each text and name in it before anything is cut
 * @param longest characters of one value
 */
export function asData(value: unknown, hide: Hide, longest: number = longestValue): string {
  const json = jsonOf(bounded(value, { hide, longest }, 0));
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

interface Bounds {
  readonly hide: Hide;
  readonly longest: number;
}

function bounded(value: unknown, bounds: Bounds, depth: number): unknown {
  if (typeof value === 'string') return shownText(value, bounds);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return cutMark;
  const within = (each: unknown) => bounded(each, bounds, depth + 1);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const shown = entries.slice(0, mostEntries);
  const more = entries.length - shown.length;
  if (Array.isArray(value))
    return [...shown.map(([, each]) => within(each)), ...(more > 0 ? [`[${more} more]`] : [])];
  const named = shown.map(([name, each]) => [
    shownText(name, { ...bounds, longest: longestName }),
    within(each),
  ]);
  return Object.fromEntries(more > 0 ? [...named, [cutMark, `[${more} more]`]] : named);
}

/** Without what could part a value so that it is not found. */
function shownText(text: string, { hide, longest }: Bounds): string {
  const plain = text
    .slice(0, longestHidden)
    .replaceAll(/\p{Cf}+/gu, '')
    .replaceAll(/\p{Cc}+/gu, ' ');
  const hidden = hide(plain);
  const most = text.length <= longestHidden ? hidden.length : Math.max(0, hidden.length - longestValue);
  const shown = cut(hidden, Math.min(most, longest));
  return shown === hidden ? hidden : `${shown}… ${cutMark}`;
}
