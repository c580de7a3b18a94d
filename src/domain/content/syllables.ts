/** Syllables of a word in lower case, by rules of spelling, at least one. docs/adr/0024 says how often they are right. */
export type CountSyllables = (word: string) => number;

const countOf = (word: string, pattern: RegExp) => Math.max(1, word.match(pattern)?.length ?? 0);

const vowels = /[aeiouy]+/g;
/** An `e` that is written and not spoken. */
const silent =
  /(?<=[aeiouy].*)(?:(?<![aeiouy]|[^aeiouy]l)e|(?<![aeiouylr]|[^aeiouy][lr])ely$|(?<![aeiouytd]|[^aeiouyl]l)ed|(?<![aeiouyscxzg]|[cs]h|[^aeiouyl]l)es)$|(?<=[aeiouy][^aeiouy]+)e(?=(?:ment|ful|less|ness)(?:s|ly)?$)/;
/** Two vowels side by side that are spoken apart. */
const apart =
  /i[ao](?!u)(?<![tscgx]i[ao]|lia(?=n))|iu|eo(?!us)(?<![gp]eo)|ua(?!r)(?<![qg]ua)|uou|ying|ie(?=t)|dien|scien|eum|creat(?!ur)|react|real|area|idea|uel|oing|being|ooper|[^cst]ism$|thm$|[aeiouy]i[ao]us/g;

function english(word: string): number {
  const spoken = word.replace(silent, (end) => (end === 'ely' ? 'ly' : ''));
  return countOf(spoken, vowels) + (spoken.match(apart)?.length ?? 0);
}

function german(word: string): number {
  return countOf(word.replaceAll('qu', 'q'), /ei|ai|ey|ay|au|äu|eu|ie|aa|ee|oo|[aeiouyäöüé]/g);
}

/** A weak vowel (i, u) forms one syllable with a strong one beside it, unless an accent parts them. */
function spanish(word: string): number {
  const plain = word.replaceAll(/qu(?=[eiéí])/g, 'k').replaceAll(/gu(?=[eiéí])/g, 'g');
  return countOf(
    plain,
    /[iuü]?[aeoáéó](?:[iuü](?![aeoáéó])|y(?![aeiouáéíóú]))?|[íú]|[iuü][iuü]?y?(?![aeoáéó])|[iuü]|y(?![aeiouáéíóú])/g,
  );
}

/** As spoken: a final `e` is silent, `é` begins a syllable after another vowel, and `i`, `u` glide into what follows. */
function french(word: string): number {
  const plain = word
    .replaceAll(/(?<=[qg])u(?=[eéèêiî])|(?<=q)u/g, '')
    .replace(/(?<=[aeiouyàâéèêëîïôûùœ].*[^aeiouyàâéèêëîïôûùœ])es?$|(?<=[iuéoa])es?$/, '');
  return countOf(
    plain,
    /[iuy]?(?:eau|oeu|œu|a[iîuû]|e[iuû]|o[iîuûù]|œ|[aeoàâäèêëôö])(?:[iy](?![aeouéèê]))?|[iuy]?é|[ïîùûü]|[iuy]{1,2}/g,
  );
}

/** By primary language subtag. */
export const syllableCounts: Readonly<Record<'en' | 'de' | 'es' | 'fr', CountSyllables>> = {
  en: english,
  de: german,
  es: spanish,
  fr: french,
};
