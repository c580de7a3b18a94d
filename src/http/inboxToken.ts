import { isSameText } from './constantTime.js';

/** Whose inbox a token opens. */
export interface InboxOwner {
  readonly tenantId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
}

/** Tokens that let one person's browser read and answer that person's messages, and nothing else. */
export interface InboxTokens {
  mint(owner: InboxOwner, expiresAt: number): string;
  /** Undefined for anything not signed here, or expired at `now`; both epoch milliseconds. */
  verify(token: string, now: number): InboxOwner | undefined;
}

const kind = 'wmi1';
const longestToken = 1024;

/** @param sign a keyed signature of the text, URL-safe, under a secret of the installation */
export function inboxTokens(sign: (text: string) => string): InboxTokens {
  return {
    mint({ tenantId, subject }, expiresAt) {
      const claims = Buffer.from(JSON.stringify([tenantId, subject, expiresAt])).toString('base64url');
      const signed = `${kind}.${claims}`;
      return `${signed}.${sign(signed)}`;
    },
    verify(token, now) {
      const end = token.lastIndexOf('.');
      if (token.length > longestToken || end === -1 || !token.startsWith(`${kind}.`)) return undefined;
      if (!isSameText(token.slice(end + 1), sign(token.slice(0, end)))) return undefined;
      const claims: unknown = JSON.parse(
        Buffer.from(token.slice(kind.length + 1, end), 'base64url').toString(),
      );
      if (!Array.isArray(claims)) return undefined;
      const [tenantId, subject, expiresAt]: unknown[] = claims;
      if (typeof tenantId !== 'string' || typeof subject !== 'string' || typeof expiresAt !== 'number') {
        return undefined;
      }
      return now < expiresAt ? { tenantId, subject } : undefined;
    },
  };
}
