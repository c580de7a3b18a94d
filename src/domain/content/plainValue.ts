import { findPersonal } from '../privacy/detection.js';
import { findLinks } from './links.js';

const longest = 60;
/** Letters, digits, and what stands between words: no markup, placeholders, line breaks, invisible characters. */
const plain = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’&-]*$/u;
const pileOfMarks = /\p{M}{3}/u;

/**
 * A value that may stand in a text that people read: what a client sends as a name must not bring its own words, links or
 * numbers before a person. Undefined for anything that is not plainly a name or a word.
 */
export function plainValue(value: string): string | undefined {
  const text = value.normalize('NFC').trim();
  if (text.length > longest || !plain.test(text) || pileOfMarks.test(text)) return undefined;
  return findLinks(text).length > 0 || findPersonal(text).length > 0 ? undefined : text;
}
