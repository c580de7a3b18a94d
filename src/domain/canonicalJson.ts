/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that it can be hashed and signed. Members are
 * ordered by the UTF-16 units of their names; numbers and strings are written as ECMAScript writes them, which is what
 * the scheme asks for. Members without a value (`undefined`) are left out, as `JSON.stringify` does.
 *
 * One deviation: half of a surrogate pair, which the scheme refuses, is written as its `\u` escape. Clients can send such
 * text, and nothing that was recorded may be without a hash.
 * @throws RangeError for a number that JSON has no text for
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError('JSON has no text for this number');
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
