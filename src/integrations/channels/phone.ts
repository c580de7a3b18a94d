/** A number as providers take it (E.164), without the marks that people write into it. Undefined for what is none. */
export function phoneNumberOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  const number = address.replaceAll(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
}
