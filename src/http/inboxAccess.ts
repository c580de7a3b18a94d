import type { FastifyRequest } from 'fastify';
import type { Access, AccessKeys } from '../commands/accessKeys.js';
import type { Actor } from '../domain/access/events.js';
import { CodedError } from '../domain/errors.js';
import { allowRole, authorise } from './auth.js';
import type { InboxOwner, InboxTokens } from './inboxToken.js';
import { inboxOwner } from './reader.js';
import type { KeyAccess } from './roles.js';

/** Who reads or answers messages: an administrator those of the whole tenant, a person their own. */
export type InboxAccess =
  | { readonly tenantId: string; readonly onlyOf: undefined; readonly caller: Access }
  /** With a token of their own. */
  | { readonly tenantId: string; readonly onlyOf: string; readonly caller: undefined };

export const liveProtocol = 'waymark.v1';
const tokenProtocol = 'bearer.';

export interface InboxAuthentication {
  readonly accessKeys: AccessKeys;
  readonly tokens: InboxTokens;
  now(): number;
}

/**
 * From `Authorization: Bearer`, or, as browsers cannot send that header with a WebSocket, from the subprotocols
 * `waymark.v1, bearer.<token>`. Never from the address, which ends up in logs.
 * @param needed of a key; a person's token is asked for its person where that is known
 * @throws CodedError `unauthorized`, `forbidden`
 */
export function inboxAccessOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { accessKeys, tokens, now }: InboxAuthentication,
  needed: KeyAccess,
): InboxAccess {
  const secret = bearerIn(headers.authorization) ?? tokenIn(headers['sec-websocket-protocol']);
  const owner: InboxOwner | undefined = secret === undefined ? undefined : tokens.verify(secret, now());
  if (owner !== undefined) {
    return { tenantId: owner.tenantId, onlyOf: owner.subject, caller: undefined };
  }
  const caller = authorise(accessKeys, secret, needed);
  return { tenantId: caller.tenantId, onlyOf: undefined, caller };
}

/** Who it is, for what is recorded. */
export function actorOf({ caller }: InboxAccess): Actor {
  return caller === undefined ? inboxOwner : { keyId: caller.keyId, role: caller.role };
}

/** @throws CodedError `forbidden` where the caller may not see this person's messages */
export function allowInbox({ onlyOf, caller }: InboxAccess, subject: string): void {
  if (caller !== undefined) allowRole(caller, 'admin');
  else if (onlyOf !== subject) throw notAllowed();
}

/** @throws CodedError `forbidden` unless it is a key whose role allows this */
export function allowKey({ caller }: InboxAccess, needed: KeyAccess): void {
  if (caller === undefined) throw notAllowed();
  allowRole(caller, needed);
}

function notAllowed(): CodedError {
  return new CodedError('forbidden', "This token opens one person's inbox alone.");
}

function bearerIn(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^bearer +(\S+) *$/i.exec(header)?.[1];
}

function tokenIn(protocols: string | undefined): string | undefined {
  return protocols
    ?.split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(tokenProtocol))
    ?.slice(tokenProtocol.length);
}
