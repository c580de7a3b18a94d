/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that it can be hashed and signed. Members are
 * ordered by the UTF-16 units of their names; numbers and strings are written as ECMAScript writes them, which is what
 * the scheme asks for. A value and what is parsed from its `JSON.stringify` have the same text.
 *
 * Hence two deviations, where the scheme refuses: half of a surrogate pair is written as its `\u` escape, and a number
 * that is not finite as null. Nothing that was recorded may be without a hash.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item ?? null)}`;
    return `[${text}]`;
  }
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Printable ASCII that needs no escape, which most texts are: `JSON.stringify` takes several times as long to find that out. */
const plain = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
