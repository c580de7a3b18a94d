import type { FastifyRequest } from 'fastify';
import type { AccessKeys } from '../commands/accessKeys.js';
import { CodedError } from '../domain/errors.js';
import { authorise } from './auth.js';
import type { InboxOwner, InboxTokens } from './inboxToken.js';

/** Who reads or answers messages: an administrator those of the whole tenant, a person their own. */
export interface InboxAccess {
  readonly tenantId: string;
  /** Undefined for an administrator. */
  readonly onlyOf: string | undefined;
}

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
 * @throws CodedError `unauthorized`, `forbidden`
 */
export function inboxAccessOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { accessKeys, tokens, now }: InboxAuthentication,
): InboxAccess {
  const secret = bearerIn(headers.authorization) ?? tokenIn(headers['sec-websocket-protocol']);
  const owner: InboxOwner | undefined = secret === undefined ? undefined : tokens.verify(secret, now());
  if (owner !== undefined) return { tenantId: owner.tenantId, onlyOf: owner.subject };
  return { tenantId: authorise(accessKeys, secret, 'read').tenantId, onlyOf: undefined };
}

/** @throws CodedError `forbidden` where the caller may not see this person's messages */
export function allowPerson({ onlyOf }: InboxAccess, subject: string): void {
  if (onlyOf !== undefined && onlyOf !== subject) throw notAllowed();
}

/** @throws CodedError `forbidden` */
export function allowAdministrator({ onlyOf }: InboxAccess): void {
  if (onlyOf !== undefined) throw notAllowed();
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
