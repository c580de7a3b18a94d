import { findCardNumbers, isCardNumber } from './cardNumber.js';
import { findEmailAddresses } from './emailAddress.js';
import { findIbans } from './iban.js';
import { findIpAddresses } from './ipAddress.js';
import type { PersonalRange } from './personalRange.js';
import { findPhoneNumbers } from './phoneNumber.js';

/** What sealed values begin with. A client that sends such a text would pass it off as one of ours. */
export const sealedPrefix = 'sealed:v1:';

export interface DetectionScope {
  /** False for fields whose dotted numbers are versions. */
  readonly ipAddresses: boolean;
}

const everything: DetectionScope = { ipAddresses: true };
const none: readonly PersonalRange[] = [];

/**
 * The personal values in a text, in order and apart from each other; of two that overlap the longer one stands. Takes time
 * in proportion to the text, whatever it holds; a text without candidates costs one pass over its characters.
 */
export function findPersonal(text: string, scope: DetectionScope = everything): readonly PersonalRange[] {
  if (text.length < shortest) return none;
  if (isSealed(text)) return [{ kind: 'sealed', start: 0, end: text.length }];
  const candidates = candidatesIn(text);
  if (candidates === 0) return none;
  const found: PersonalRange[] = [];
  if ((candidates & email) !== 0) findEmailAddresses(text, found);
  if ((candidates & iban) !== 0) findIbans(text, found);
  if ((candidates & digits) !== 0) {
    findCardNumbers(text, found);
    findPhoneNumbers(text, found);
  }
  if (scope.ipAddresses && (candidates & address) !== 0) findIpAddresses(text, found);
  return found.length < 2 ? found : apart(found);
}

/** Only card numbers are told by the bare number: all else that is personal has a form that a number loses. */
export function isPersonalNumber(value: number): boolean {
  return value >= 1e12 && Number.isSafeInteger(value) && isCardNumber(String(value));
}

export function isSealed(value: unknown): boolean {
  return typeof value === 'string' && value.charCodeAt(0) === firstOfSealed && value.startsWith(sealedPrefix);
}

const firstOfSealed = sealedPrefix.charCodeAt(0);

/** `a@b.de`. Nothing shorter is an address or a number of a person. */
const shortest = 6;

const email = 1;
const digits = 2;
const address = 4;
const iban = 8;

/** Digits of the shortest number that is looked for, a phone number with its country code. */
const fewestDigits = 7;

const otherClass = 0;
const digitClass = 1;
/** `-` holds a number together; so does a dot. */
const hyphenClass = 2;
const dotClass = 3;
/** Space, slash and brackets may stand within a number as well as around one. */
const gapClass = 4;
const colonClass = 5;
const atClass = 6;
const percentClass = 7;
/** Letters and `_`: a number that touches one is part of an identifier. */
const wordClass = 8;
const classOf = new Uint8Array(128);
for (const [characters, itsClass] of [
  ['0123456789', digitClass],
  ['-', hyphenClass],
  ['.', dotClass],
  [' /()', gapClass],
  [':', colonClass],
  ['@', atClass],
  ['%', percentClass],
  ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', wordClass],
] as const) {
  for (const character of characters) classOf[character.charCodeAt(0)] = itsClass;
}

/**
 * Which judges are worth asking: an `@` for e-mail, seven digits with nothing but separators between them that touch no
 * letter for numbers, two letters before digits for IBANs, three dots between digits or two colons for addresses.
 */
function candidatesIn(text: string): number {
  let found = 0;
  let colons = 0;
  let digitsInRun = 0;
  let dotsInRun = 0;
  let isGlued = false;
  let hasGap = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const itsClass = unit < 128 ? classOf[unit] : otherClass;
    if (itsClass === digitClass) {
      if (digitsInRun === 0) {
        isGlued = index > 0 && touchesWord(text, index);
        hasGap = false;
        dotsInRun = 0;
        if (isGlued && beginsIban(text, index)) found |= iban;
      }
      digitsInRun++;
      if (dotsInRun >= 3) found |= address;
    } else if (digitsInRun > 0 && itsClass === dotClass) {
      dotsInRun++;
    } else if (digitsInRun > 0 && itsClass === gapClass) {
      hasGap = true;
    } else if (itsClass !== hyphenClass && itsClass !== gapClass && itsClass !== dotClass) {
      if (digitsInRun >= fewestDigits && (hasGap || !(isGlued || itsClass === wordClass))) found |= digits;
      digitsInRun = 0;
      if (itsClass === colonClass) {
        colons++;
        if (colons === 2) found |= address;
      } else if (itsClass === atClass || (itsClass === percentClass && text.startsWith('40', index + 1))) {
        found |= email;
      }
    }
  }
  return digitsInRun >= fewestDigits && (hasGap || !isGlued) ? found | digits : found;
}

/** An encoded plus, `%2B`, ends in a letter that is none. */
function touchesWord(text: string, index: number): boolean {
  const unit = text.charCodeAt(index - 1);
  return isWord(unit) && !(index >= 3 && (unit | 32) === 98 && text.startsWith('%2', index - 3));
}

function beginsIban(text: string, index: number): boolean {
  return (
    index >= 2 && isWord(text.charCodeAt(index - 2)) && (index === 2 || !isWord(text.charCodeAt(index - 3)))
  );
}

function isWord(unit: number): boolean {
  return unit < 128 && classOf[unit] === wordClass;
}

function apart(found: PersonalRange[]): PersonalRange[] {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: PersonalRange[] = [];
  for (const range of found) {
    const last = kept.at(-1);
    if (last === undefined || range.start >= last.end) kept.push(range);
    else if (range.end > last.end)
      kept[kept.length - 1] = {
        kind: longer(last, range).kind,
        start: last.start,
        end: range.end,
      };
  }
  return kept;
}

function longer(a: PersonalRange, b: PersonalRange): PersonalRange {
  return b.end - b.start > a.end - a.start ? b : a;
}
