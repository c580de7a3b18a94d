/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that it can be hashed and signed. Members are
 * ordered by the UTF-16 units of their names; numbers and strings are written as ECMAScript writes them, which is what
 * the scheme asks for. A value and what is parsed from its `JSON.stringify` have the same text.
 *
 * Hence two deviations, where the scheme refuses: half of a surrogate pair is written as its `\u` escape, and a number
 * that is not finite as null. Nothing that was recorded may be without a hash.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
