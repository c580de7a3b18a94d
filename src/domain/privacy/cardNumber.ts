import type { PersonalRange } from './personalRange.js';

/** Issuers' first digits and the lengths of their numbers (ISO/IEC 7812; the schemes' published ranges). */
const issuers: readonly {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}[] = [
  { from: 4000, to: 4999, lengths: [13, 16, 18, 19] },
  { from: 5100, to: 5599, lengths: [16] },
  { from: 2221, to: 2720, lengths: [16] },
  { from: 3400, to: 3499, lengths: [15] },
  { from: 3700, to: 3799, lengths: [15] },
  { from: 3000, to: 3059, lengths: [14, 16] },
  { from: 3095, to: 3095, lengths: [14, 16] },
  { from: 3600, to: 3699, lengths: [14, 16] },
  { from: 3800, to: 3999, lengths: [14, 16] },
  { from: 3528, to: 3589, lengths: [16, 17, 18, 19] },
  { from: 6011, to: 6011, lengths: [16, 19] },
  { from: 6440, to: 6599, lengths: [16, 19] },
  { from: 6200, to: 6299, lengths: [16, 17, 18, 19] },
  { from: 2200, to: 2204, lengths: [16, 17, 18, 19] },
  { from: 5018, to: 5018, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5020, to: 5020, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5038, to: 5038, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5893, to: 5893, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6304, to: 6304, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6759, to: 6763, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5066, to: 5067, lengths: [16] },
  { from: 5080, to: 5099, lengths: [16] },
  { from: 6000, to: 6099, lengths: [16] },
  { from: 6362, to: 6363, lengths: [16] },
  { from: 8100, to: 8299, lengths: [16] },
  { from: 9792, to: 9792, lengths: [16] },
];

/** Bare, in fours, or as American Express and Diners print theirs; one kind of separator throughout. */
const written =
  /(?<![\w.-])(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ .-])\d{6}\2\d{4,5})(?![\w]|[.-]\d)/g;

export function findCardNumbers(text: string, found: PersonalRange[]): void {
  for (const match of text.matchAll(written)) {
    if (isCardNumber(match[0].replaceAll(/[ .-]/g, '')))
      found.push({ kind: 'card', start: match.index, end: match.index + match[0].length });
  }
}

/** Digits alone: a known issuer, its length, and the check digit of Luhn. */
export function isCardNumber(digits: string): boolean {
  const first = Number(digits.slice(0, 4));
  return (
    issuers.some(
      ({ from, to, lengths }) => first >= from && first <= to && lengths.includes(digits.length),
    ) && passesLuhn(digits)
  );
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
