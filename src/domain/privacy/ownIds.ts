/** An id shorter than this stands by chance for too much else. */
const shortestEcho = 6;
const smallestEcho = 10 ** (shortestEcho - 1);

/** Those of a person's ids that tell who somebody is wherever they stand. */
export function tellingIds(ids: readonly (string | undefined)[]): string[] {
  return ids.filter((id) => id !== undefined && id.length >= shortestEcho).map(String);
}

/** The text with `[id]` where one of these ids stands, as it is or percent-encoded; the same text where none does. */
export function withoutIds(text: string, ids: readonly string[]): string {
  let safe = text;
  for (const id of ids) {
    if (safe.length < id.length) continue;
    if (safe.includes(id)) safe = safe.replaceAll(id, '[id]');
    if (safe.includes('%')) {
      for (const encoded of encodings(id)) safe = safe.replaceAll(encoded, '[id]');
    }
  }
  return safe;
}

/** Whether the number is one of these ids: applications count their users. */
export function isIdNumber(value: number, ids: readonly string[]): boolean {
  return value >= smallestEcho && ids.includes(String(value));
}

/** Whether a text that is meant to name nobody holds an id of the person it is about. */
export function namesPerson(text: string, ids: readonly (string | undefined)[]): boolean {
  return withoutIds(text, tellingIds(ids)) !== text;
}

/** None where there is nothing to encode: then it stands as it is. */
function encodings(id: string): string[] {
  if (loneSurrogate.test(id)) return [];
  const encoded = encodeURIComponent(id);
  return encoded === id ? [] : [encoded, encoded.replaceAll(/%../g, (code) => code.toLowerCase())];
}

const loneSurrogate = /\p{Cs}/u;
