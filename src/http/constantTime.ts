import { timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that depends on their lengths alone. */
export function isSameText(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
