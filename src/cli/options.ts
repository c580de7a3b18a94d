export type GivenOptions = Readonly<Record<string, string>>;

/** Exactly as many as there are names. @throws Error saying which is missing or too many */
export function expectPositionals<const Names extends readonly string[]>(
  positionals: readonly string[],
  names: Names,
): { readonly [Index in keyof Names]: string } {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new Error(`${missing} is missing`);
  const surplus = positionals[names.length];
  if (surplus !== undefined) throw new Error(`"${surplus}" is one argument too many`);
  // The lengths are equal here, which the mapped type cannot see.
  return positionals as { readonly [Index in keyof Names]: string };
}

/** A whole number within the range, ends included. */
export function integer(
  options: GivenOptions,
  name: string,
  range: { readonly default: number; readonly from: number; readonly to: number },
): number {
  const text = options[name];
  if (text === undefined) return range.default;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.from && value <= range.to) return value;
  throw new Error(`--${name} must be a whole number from ${range.from} to ${range.to}`);
}

/** A running server's address with the secret it wants, or undefined where `--url` is not given. */
export function remote(
  options: GivenOptions,
  secretName: string,
  fallback: string | undefined,
  fallbackName: string,
): { readonly url: string; readonly secret: string } | undefined {
  if (options.url === undefined) {
    if (options[secretName] !== undefined) throw new Error(`--${secretName} needs --url`);
    return undefined;
  }
  if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol)) {
    throw new Error('--url must be an address such as http://127.0.0.1:8080');
  }
  const secret = options[secretName] ?? fallback;
  if (secret === undefined) throw new Error(`--url needs --${secretName} or the variable ${fallbackName}`);
  return { url: options.url.replace(/\/+$/, ''), secret };
}
