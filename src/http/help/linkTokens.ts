import { z } from 'zod';
import { consentChannels } from '../../domain/consent/events.js';
import { isSameText } from '../constantTime.js';

/** Which message a link belongs to. */
const message = { tenantId: z.string(), interventionId: z.string(), channel: z.enum(consentChannels) };

/** What a link of a message means. Pseudonyms and ids, nothing that says who the person is. */
const link = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), ...message }),
  z.object({ kind: z.literal('click'), ...message, url: z.url({ protocol: /^https?$/ }) }),
  // The pseudonym, so that the way out works as long as the message is kept, whatever has been forgotten since.
  z.object({ kind: z.literal('unsubscribe'), ...message, subject: z.string(), language: z.string() }),
]);
export type MessageLink = z.infer<typeof link>;
type Kind = MessageLink['kind'];
export type LinkOf<K extends Kind> = Extract<MessageLink, { kind: K }>;

/** Signed, and good for ever: links stand in messages that are read years later. */
export interface LinkTokens {
  mint(link: MessageLink): string;
  /** Undefined for anything not signed here, or of another kind. */
  verify<K extends Kind>(kind: K, token: string): LinkOf<K> | undefined;
}

/** Base64url characters of the signature that are kept: 132 bits, since links are better short. */
const signatureLength = 22;
/** As long as a part of a path may be. */
export const longestToken = 3000;

/** @param sign a keyed signature of the text, URL-safe, under a secret of the installation */
export function linkTokens(sign: (text: string) => string): LinkTokens {
  const signature = (claims: string) => sign(claims).slice(0, signatureLength);
  return {
    mint(given) {
      const { kind, tenantId, interventionId, channel } = given;
      const rest = kind === 'open' ? [] : kind === 'click' ? [given.url] : [given.subject, given.language];
      const claims = Buffer.from(JSON.stringify([kind[0], tenantId, interventionId, channel, ...rest]));
      const text = claims.toString('base64url');
      return `${text}.${signature(text)}`;
    },
    verify(kind, token) {
      const [text = '', given = '', ...more] = token.split('.');
      if (token.length > longestToken || more.length > 0) return undefined;
      if (!isSameText(given, signature(text))) return undefined;
      const parsed = link.safeParse(claimsIn(text)).data;
      return parsed !== undefined && isOfKind(parsed, kind) ? parsed : undefined;
    },
  };
}

/** Of what was signed here. */
function claimsIn(text: string): unknown {
  const claims: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(claims)) return undefined;
  const [letter, tenantId, interventionId, channel, one, two]: unknown[] = claims;
  const about = { tenantId, interventionId, channel };
  if (letter === 'o') return { kind: 'open', ...about };
  if (letter === 'c') return { kind: 'click', ...about, url: one };
  return { kind: 'unsubscribe', ...about, subject: one, language: two };
}

function isOfKind<K extends Kind>(given: MessageLink, kind: K): given is LinkOf<K> {
  return given.kind === kind;
}
