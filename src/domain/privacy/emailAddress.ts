import type { PersonalRange } from './personalRange.js';

/** RFC 5321, 4.5.3.1. */
const longestLocalPart = 64;
const longestDomain = 255;

/**
 * Adds every e-mail address in the text, also where its `@` is percent-encoded. The domain needs a dot and a last label
 * of letters, so `react@18.2.0` and `@types/node` are none, nor is an image's `logo@2x.png`.
 */
export function findEmailAddresses(text: string, found: PersonalRange[]): void {
  let from = 0;
  for (;;) {
    const at = nextAt(text, from);
    if (at === undefined) return;
    const domainStart = at + (text.charCodeAt(at) === percent ? 3 : 1);
    const end = domainEnd(text, domainStart);
    const start = end === undefined ? at : localStart(text, at, from);
    if (end !== undefined && start < at) found.push({ kind: 'email', start, end });
    from = end ?? domainStart;
  }
}

const percent = 37;
const quote = 34;
const atSign = /@|%40/g;
const image = /^\d(?:\.\d)?x\.(?:png|jpe?g|gif|webp|avif|svg)$/i;
const topLevel = /^(?:[a-z\u0080-\uffff]{2,63}|xn--[a-z0-9-]{2,59})$/i;

function nextAt(text: string, from: number): number | undefined {
  atSign.lastIndex = from;
  return atSign.exec(text)?.index;
}

function localStart(text: string, at: number, from: number): number {
  const first = Math.max(from, at - longestLocalPart);
  if (text.charCodeAt(at - 1) === quote) {
    const opening = text.lastIndexOf('"', at - 2);
    return opening >= first ? opening : at;
  }
  let start = at;
  while (start > first && isLocal(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where the domain that starts here ends; undefined where there is none. */
function domainEnd(text: string, start: number): number | undefined {
  const last = Math.min(text.length, start + longestDomain);
  let end = start;
  while (end < last && isDomain(text.charCodeAt(end))) end++;
  // The full stop after a sentence is not part of the address.
  while (end > start && isDotOrHyphen(text.charCodeAt(end - 1))) end--;
  const domain = text.slice(start, end);
  const dot = domain.lastIndexOf('.');
  if (dot <= 0 || domain.includes('..') || image.test(domain)) return undefined;
  return topLevel.test(domain.slice(dot + 1)) ? end : undefined;
}

function isLetterOrDigit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57) || unit >= 0x80
  );
}

function isDotOrHyphen(unit: number): boolean {
  return unit === 46 || unit === 45;
}

function isDomain(unit: number): boolean {
  return isLetterOrDigit(unit) || isDotOrHyphen(unit);
}

/** RFC 5322 `atext` and the dot, without `/`, `=`, `?` and `&`, which in practice end an address in a URL. */
function isLocal(unit: number): boolean {
  return isDomain(unit) || localMarks.has(unit);
}

const localMarks: ReadonlySet<number> = new Set([..."!#$%'*+^_`{|}~"].map((mark) => mark.charCodeAt(0)));
