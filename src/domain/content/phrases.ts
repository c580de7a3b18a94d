/**
 * A text as its words are compared: without case, accents, invisible characters and compatibility forms (`ﬁ`, full width), in
 * NFKD order. Letters of other alphabets that only look the same stay what they are; `mixedScripts` finds those.
 */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKC');
}

/** The words of a text without what parts them, and where each begins and ends there. */
export interface Squeezed {
  readonly letters: string;
  readonly starts: ReadonlySet<number>;
  readonly ends: ReadonlySet<number>;
}

export function squeeze(text: string): Squeezed {
  let letters = '';
  const starts = new Set<number>();
  const ends = new Set<number>();
  for (const word of folded(text).match(/[\p{L}\p{N}]+/gu) ?? []) {
    starts.add(letters.length);
    letters += word;
    ends.add(letters.length);
  }
  return { letters, starts, ends };
}

/**
 * Whether the words of a phrase stand in a text, whatever parts its letters there: `free of charge` is found in
 * `FREE-of charge` and in `f r e e of charge`, and not in `carefree of charge`.
 */
export function holdsPhrase({ letters, starts, ends }: Squeezed, phrase: string): boolean {
  const wanted = squeeze(phrase).letters;
  if (wanted === '') return false;
  for (let at = letters.indexOf(wanted); at !== -1; at = letters.indexOf(wanted, at + 1)) {
    if (starts.has(at) && ends.has(at + wanted.length)) return true;
  }
  return false;
}

/** Words that mix letters of alphabets which look alike: how a forbidden word is written past a filter. */
export function mixedScripts(text: string): boolean {
  return (text.match(/\p{L}+/gu) ?? []).some(
    (word) => /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word),
  );
}
