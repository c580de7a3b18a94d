import { normaliseName } from '../../domain/privacy/personalNames.js';
import { redactText } from '../../domain/privacy/redactText.js';
import type { PersonalText } from './reader.js';

/** Makes a text one that a provider may be shown. */
export type Hide = (text: string) => string;

/** What stands where a value of the person stood. */
export const omitted = '[omitted]';

/** Values so short stand in too many words to tell anything. Letters and digits. */
const shortest = 3;
/** From here on a value is found within longer words too. */
const longWord = 5;
/** Scripts that put no blanks between words: a name of two characters is one, and stands within others. */
const unparted = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;
/** Of somebody with more values nothing is shown: each is looked for at each place of each text. */
const mostValues = 200;

export interface HiddenValues {
  readonly personal: readonly PersonalText[];
  /** Names of traits that the policy discloses: a text that is such a value is shown. */
  readonly shownTraits: readonly string[];
  /** The person's name, and what stands for it; null where it is left out like the rest. */
  readonly name: { readonly value: string; readonly standIn: string } | null;
}

/**
 * Leaves out what is known of the person, in any case, width and composition of letters and however its words are parted, and
 * whatever looks like an address or a number. The name can be replaced by a stand-in.
 */
export function hidePersonal({ personal, shownTraits, name }: HiddenValues): Hide {
  const isShown = ({ trait }: PersonalText) => trait !== null && shownTraits.includes(trait);
  const shown = new Set(personal.filter(isShown).map(({ value }) => value));
  const known = personal.filter((each) => !isShown(each)).flatMap(withParts);
  // A longer value may hold a shorter one.
  const hidden = [...new Set([...known, ...(name === null ? [] : [name.value])])].sort(
    (a, b) => b.length - a.length,
  );
  if (hidden.length > mostValues) return (text) => (shown.has(text) ? text : omitted);
  const sources = hidden.flatMap((value) => {
    const source = sourceOf(value);
    if (source === undefined) return [];
    return value === name?.value ? `(${source})` : source;
  });
  const found = sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'giu');
  return (text) => {
    if (shown.has(text)) return text;
    const composed = text.normalize('NFKC');
    if (found === undefined) return redactText(composed);
    // The one group there can be is the name's; without it an offset, a number, comes in its place.
    return redactText(
      composed.replace(found, (_, group) => (typeof group === 'string' && name ? name.standIn : omitted)),
    );
  };
}

/** Traits that hold a name of several words, each of which names the person. */
const wholeNames = new Set(['name', 'fullname', 'displayname']);

function withParts({ trait, value }: PersonalText): readonly string[] {
  return trait !== null && wholeNames.has(normaliseName(trait)) ? [value, ...value.split(/\s+/u)] : [value];
}

/**
 * Its words, one after the other, with anything but letters and digits between them. A word begins with a letter or digit: one
 * of marks alone could end anywhere within what parts the words, and finding none would take for ever.
 */
function sourceOf(value: string): string | undefined {
  const words = value.normalize('NFKC').match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];
  const { length } = words.join('');
  const isUnparted = unparted.test(value);
  if (length < (isUnparted ? 2 : shortest)) return undefined;
  const source = words.join('[^\\p{L}\\p{N}]*');
  return length < longWord && !isUnparted ? `(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])` : source;
}
