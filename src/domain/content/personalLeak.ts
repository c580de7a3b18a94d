import { findPersonal } from '../privacy/detection.js';
import { holdsPhrase, type Squeezed } from './phrases.js';

export interface PersonalFacts {
  /** What is known of the person and must not stand in the text: names, addresses, ids, numbers. */
  readonly personalValues: readonly string[];
  /** What was put into the text on purpose, exactly as it stands there. */
  readonly putBack: readonly string[];
}

/** Values so short stand in too many words to tell anything. Letters and digits. */
const shortest = 3;

/** What kinds of personal values a text gives away: those that are told by their form, and `known` for the person's own. */
export function personalIn(
  text: string,
  squeezed: Squeezed,
  { personalValues, putBack }: PersonalFacts,
): readonly string[] {
  const onPurpose = new Set(putBack);
  const kinds = new Set(
    findPersonal(text)
      .filter(({ start, end }) => !onPurpose.has(text.slice(start, end)))
      .map(({ kind }): string => kind),
  );
  const leaked = personalValues.some((value) => !onPurpose.has(value) && holdsValue(text, squeezed, value));
  return leaked ? [...kinds, 'known'] : [...kinds];
}

/**
 * A single word as it is written, or in capitals: `Will` and `May` are names and words. Anything with a digit, or of several
 * words, in any case and however it is parted.
 */
function holdsValue(text: string, squeezed: Squeezed, value: string): boolean {
  const characters = value.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (characters < shortest) return false;
  if (!/^[\p{L}\p{M}]+$/u.test(value)) return holdsPhrase(squeezed, value);
  const words = text.normalize('NFC').match(/[\p{L}\p{M}]+/gu) ?? [];
  const written = value.normalize('NFC');
  return words.some((word) => word === written || word === written.toUpperCase());
}
