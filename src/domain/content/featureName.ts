const longest = 40;
const mostWords = 6;
/** Letters, and what stands between words in a name; no digits, markup, addresses or control characters. */
const words = /^\p{L}[\p{L}\p{M} '’&-]*$/u;
/** The same with numbers, for what was written as a name: "Lesson 3". */
const displayName = /^\p{L}[\p{L}\p{M}\p{N} '’&-]*$/u;
const pileOfMarks = /\p{M}{3}/u;

/**
 * A feature's id as a reader would name it: `export_report` and `exportReport` become "export report".
 * Undefined for ids that only a machine reads (`problem-17`, a selector, an address, a hash), and for anything that is
 * not plainly a name: what a client sends must not be able to put its own words before a person.
 */
export function readableFeatureName(featureId: string): string | undefined {
  const id = featureId.normalize('NFC');
  if (id.length < 2 || id.length > longest || id === 'unknown' || pileOfMarks.test(id)) return undefined;
  const isSpaced = id.includes(' ');
  if (!(isSpaced ? displayName : words).test(id.replaceAll('_', ' '))) return undefined;
  const name = isSpaced
    ? id
    : id
        .replace(/(\p{Ll})(\p{Lu})/gu, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
        .replaceAll(/[_-]/g, ' ');
  const trimmed = name.replaceAll(/ +/g, ' ').trim();
  return trimmed.length < 2 || trimmed.split(' ').length > mostWords ? undefined : trimmed;
}
