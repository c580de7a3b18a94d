import type { PersonalRange } from './personalRange.js';

/**
 * Four numbers up to 255. After a product's name and a slash, as in `Chrome/120.0.0.0`, they are a version, and so they are
 * after `v` or `rv:`.
 */
const fourNumbers =
  /(?<![\w.-])(?<![A-Za-z]\/)(?<!\brv:)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)/g;
/** Of every host itself, none or all: `0.0.0.0`, `127.…`, `255.255.255.255`, and whole networks such as `120.0.0.0`. */
const nobodysIpv4 = /^(?:127\.|255\.255\.255\.255$|\d+\.0\.0\.0$)/;

const groups = /(?<![\w:.-])[0-9A-Fa-f:]{4,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:]|\.\d)/g;

/** Adds every IPv4 address (dotted) and IPv6 address (RFC 4291, 2.2) that can be a person's. */
export function findIpAddresses(text: string, found: PersonalRange[]): void {
  for (const { index, 0: match } of text.matchAll(fourNumbers)) {
    if (!nobodysIpv4.test(match)) found.push({ kind: 'ip', start: index, end: index + match.length });
  }
  for (const { index, 0: match } of text.matchAll(groups)) {
    if (isIpv6(match)) found.push({ kind: 'ip', start: index, end: index + match.length });
  }
}

/** A text of hexadecimal digits and colons, possibly with an IPv4 address at its end. */
function isIpv6(text: string): boolean {
  const gap = text.indexOf('::');
  if (gap !== text.lastIndexOf('::') || text.includes(':::')) return false;
  if (gap < 0) return countGroups(text) === 8;
  const before = countGroups(text.slice(0, gap));
  const after = countGroups(text.slice(gap + 2));
  if (before < 0 || after < 0 || before + after > 7) return false;
  // `a::b` is an address too, and far more often a name in a program; `::1` is every host itself.
  return (/^[0-9A-Fa-f]{3,4}:/.test(text) && /\d/.test(text)) || /^::ffff:/i.test(text);
}

/** How many 16-bit groups; -1 where it is no list of them. */
function countGroups(text: string): number {
  if (text === '') return 0;
  let count = 0;
  for (const group of text.split(':')) {
    if (group.includes('.')) count += 2;
    else if (group.length < 1 || group.length > 4) return -1;
    else count += 1;
  }
  return count;
}

/** The network of an address, `192.0.2.0` or `2001:db8:1::`: 24 bits of IPv4, 48 of IPv6. Undefined where it is none. */
export function networkOf(address: string): string | undefined {
  const [a, b, c, d, ...further] = address.split('.');
  if (d !== undefined && further.length === 0 && !address.includes(':')) return `${a}.${b}.${c}.0`;
  const groups = address.split('::')[0]?.split(':').slice(0, 3) ?? [];
  return address.includes(':') && !address.includes('.') ? `${groups.join(':')}::` : undefined;
}
