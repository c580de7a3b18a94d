/** What every sealed value begins with: where such a text stands, a personal value stood. */
export const sealedPrefix = 'sealed:v1:';

/** `sealed:v1:<key version>:<subject>:<base64url>`. */
export interface SealedText {
  /** Of the person's data key, from 1. */
  readonly version: number;
  /** Pseudonym of the person whose value it is, 32 hex digits. */
  readonly subject: string;
  /** Base64url without padding. */
  readonly payload: string;
}

const format = /^sealed:v1:([1-9]\d{0,8}):([0-9a-f]{32}):([\w-]+)$/;

/** Undefined for anything that this format does not describe to the last character. */
export function parseSealed(text: string): SealedText | undefined {
  const [, version, subject, payload] = format.exec(text) ?? [];
  if (version === undefined || subject === undefined || payload === undefined) return undefined;
  return { version: Number(version), subject, payload };
}
