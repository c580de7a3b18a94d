import type { PersonalRange } from './personalRange.js';

/** ITU-T E.164: country codes by their first digits. */
const countryCode =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|35\d|37\d|38\d|42\d|50\d|59\d|6[789]\d|80\d|85\d|8[78]\d|9[679]\d)/;

/** With `+`, also percent-encoded: 7 to 15 digits. */
const withPlus = /(?<![\w+])(?:\+|%2B) ?\(?\d(?:[ .\-/()]{0,3}\d){6,14}(?!\w|[.-]\d)/gi;
/** With `00`: parted, or at least 13 digits in one piece, so that numbers filled up with zeros are none. */
const withZeros =
  /(?<![\w.+#/-])00(?:[1-9]\d{10,12}|[ \-/]?[1-9]\d{0,2}(?:[ \-/]\d{2,8}){1,5})(?!\w|[.-]\d|:\d)/g;
/** National with the trunk prefix 0, parted (`030 123456`, `(0)30/…`, `0170/123 45 67`): 9 to 12 digits. */
const national = /(?<![\w.+#/-])\(?0[1-9]\d{0,4}\)?(?: ?[-/ ] ?\d{2,8}){1,5}(?!\w|[.:/-]\d)/g;
/** National in one piece, or in pairs with dots as in France. */
const nationalWhole = /(?<![\w.+#/:-])(?:0[1-9]\d{8,9}|0[1-9](?:\.\d\d){4})(?!\w|[.:/-]\d)/g;
/** North America: area code, exchange, four digits. */
const northAmerican =
  /(?<![\w.+#/-])(?:1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?!\w|[.:/-]\d)/g;

/** The area code in brackets, as in South America, after an `8` as in Russia: 9 to 12 digits. */
const bracketed = /(?<![\w.+#/-])(?:[1-9] ?)?\([1-9]\d{1,4}\) ?\d{2,5}(?:[ -]\d{2,5}){1,3}(?!\w|[.:/-]\d)/g;

const startsWithDate = /^\d\d([ /-])\d\d\1(?:19|20)\d\d/;

/**
 * Adds every phone number. Digits alone count only where they begin like a number that is dialled, so that order numbers,
 * times and identifiers stay what they are: a bare number without prefix is found by its field's name, not by its looks.
 */
export function findPhoneNumbers(text: string, found: PersonalRange[]): void {
  add(text, withPlus, isInternational, found);
  add(text, withZeros, (match) => isInternational(match.slice(2)), found);
  add(text, national, isNational, found);
  add(text, nationalWhole, (match) => !isIsbn(match), found);
  add(text, northAmerican, () => true, found);
  add(text, bracketed, isNational, found);
}

function add(text: string, form: RegExp, isPhone: (match: string) => boolean, found: PersonalRange[]): void {
  for (const { index, 0: match } of text.matchAll(form)) {
    if (isPhone(match)) found.push({ kind: 'phone', start: index, end: index + match.length });
  }
}

function isInternational(match: string): boolean {
  return countryCode.test(digitsOf(match.replace(/^%2B/i, '')));
}

function isNational(match: string): boolean {
  const { length } = digitsOf(match);
  return length >= 9 && length <= 12 && !startsWithDate.test(match);
}

/** Ten digits with the check digit of ISO 2108. */
function isIsbn(match: string): boolean {
  if (match.length !== 10) return false;
  let sum = 0;
  for (let index = 0; index < 10; index++) sum += (10 - index) * (match.charCodeAt(index) - 48);
  return sum % 11 === 0;
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}
