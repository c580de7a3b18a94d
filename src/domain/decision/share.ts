/**
 * Where a person stands among all people as to one question, 0 to below 1: the same answer each time, evenly spread, and
 * unrelated from question to question. FNV-1a over the text, then the finaliser of MurmurHash3, which spreads its low bits.
 * @param subject pseudonym
 */
export function placeAmongAll(subject: string, question: string): number {
  let hash = 0x811c9dc5;
  const text = `${question}/${subject}`;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** The one of the weighted parts that the person's place falls into; undefined where there is none. */
export function partAt<T extends { readonly weight: number }>(
  parts: readonly T[],
  place: number,
): T | undefined {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  let end = 0;
  for (const part of parts) {
    end += part.weight;
    if (place * total < end) return part;
  }
  return undefined;
}
