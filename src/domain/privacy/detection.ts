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
  if ((candidates & digits) !== 0) {
    findIbans(text, found);
    findCardNumbers(text, found);
    findPhoneNumbers(text, found);
  }
  if (scope.ipAddresses && (candidates & address) !== 0) findIpAddresses(text, found);
  return found.length < 2 ? found : apart(found);
}

/** As `findPersonal`, where only a yes or no is wanted. */
export function holdsPersonal(text: string, scope: DetectionScope = everything): boolean {
  return findPersonal(text, scope).length > 0;
}

/** Only card numbers are told by the bare number: all else that is personal has a form that a number loses. */
export function isPersonalNumber(value: number): boolean {
  return value >= 1e12 && Number.isSafeInteger(value) && isCardNumber(String(value));
}

export function isSealed(text: string): boolean {
  return text.charCodeAt(0) === firstOfSealed && text.startsWith(sealedPrefix);
}

const firstOfSealed = sealedPrefix.charCodeAt(0);

/** `a@b.de`. Nothing shorter is an address or a number of a person. */
const shortest = 6;

const email = 1;
const digits = 2;
const address = 4;

/** Digits of the shortest number that is looked for, a phone number with its country code. */
const fewestDigits = 7;

const digitClass = 1;
const separatorClass = 2;
const dotClass = 3;
const colonClass = 4;
const atClass = 5;
const percentClass = 6;
const classOf = new Uint8Array(128);
for (const [characters, itsClass] of [
  ['0123456789', digitClass],
  [' -/()', separatorClass],
  ['.', dotClass],
  [':', colonClass],
  ['@', atClass],
  ['%', percentClass],
] as const) {
  for (const character of characters) classOf[character.charCodeAt(0)] = itsClass;
}

/**
 * Which judges are worth asking: an `@` for e-mail, seven digits with nothing but separators between them for numbers,
 * three dots between digits or two colons for addresses.
 */
function candidatesIn(text: string): number {
  let found = 0;
  let digitsInRun = 0;
  let dotsInRun = 0;
  let colons = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const itsClass = unit < 128 ? classOf[unit] : 0;
    switch (itsClass) {
      case digitClass:
        digitsInRun++;
        if (digitsInRun >= fewestDigits) found |= digits;
        if (dotsInRun >= 3) found |= address;
        break;
      case separatorClass:
        break;
      case dotClass:
        if (digitsInRun > 0) dotsInRun++;
        break;
      case colonClass:
        colons++;
        if (colons === 2) found |= address;
        digitsInRun = 0;
        dotsInRun = 0;
        break;
      case atClass:
        found |= email;
        digitsInRun = 0;
        dotsInRun = 0;
        break;
      case percentClass:
        if (text.startsWith('40', index + 1)) found |= email;
        digitsInRun = 0;
        dotsInRun = 0;
        break;
      default:
        digitsInRun = 0;
        dotsInRun = 0;
    }
  }
  return found;
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
