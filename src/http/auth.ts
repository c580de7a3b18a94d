import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access, AccessKeys } from '../commands/accessKeys.js';
import { CodedError } from '../domain/errors.js';
import { type Reader, readerOf } from './reader.js';
import { allowedRoles, type KeyAccess, type RouteAccess } from './roles.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that states nothing asks for `admin`. */
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes, and on ingestion until the key in the body has been read. */
    access: Access | null;
  }
}

/** Checks the caller of every route but the public ones and ingestion, before its body is received. */
export function addAuthentication(app: FastifyInstance, keys: AccessKeys): void {
  app.decorateRequest('access', null);
  app.addHook('onRequest', (request, _, done) => {
    const { access = 'admin' } = request.routeOptions.config;
    // Browsers ask leave (OPTIONS) without credentials, and are told nothing but that.
    const isOpen = access === 'public' || access === 'write' || request.is404 || request.method === 'OPTIONS';
    if (!isOpen) {
      request.access = authorise(keys, credentialsOf(request, 'bearer'), access);
      request.reader = readerOfRequest(request.access, request);
    }
    done();
  });
}

/**
 * Checks the write key in the headers of a scope's `write` routes. Where there is none it can still stand in the body,
 * and the route has to look there. Added after CORS, so that a page's script can read the refusal.
 */
export function addWriteAuthentication(scope: FastifyInstance, keys: AccessKeys): void {
  scope.addHook('onRequest', (request, _, done) => {
    const secret = request.routeOptions.config.access === 'write' ? writeKeyOf(request) : undefined;
    if (secret !== undefined) request.access = authorise(keys, secret, 'write');
    done();
  });
}

/**
 * @throws CodedError `unauthorized`, the same for a key that never was and for a revoked one;
 * `forbidden` where the key's role does not allow the route
 */
export function authorise(keys: AccessKeys, secret: string | undefined, needed: KeyAccess): Access {
  const access = secret === undefined ? undefined : keys.authenticate(secret);
  if (access === undefined) {
    throw new CodedError(
      'unauthorized',
      needed === 'write'
        ? 'Send a valid write key: as Basic user, Bearer token, x-write-key header or writeKey in the body.'
        : 'Send a valid token: Authorization: Bearer <token>.',
    );
  }
  allowRole(access, needed);
  return access;
}

/** @throws CodedError `forbidden` where the key's role does not allow it */
export function allowRole({ role }: Access, needed: KeyAccess): void {
  if (!allowedRoles[needed].includes(role)) {
    throw new CodedError('forbidden', `This key's role is ${role}; use a key made for this.`);
  }
}

/** @throws CodedError `invalid-parameter` */
export function readerOfRequest(
  access: Access,
  { headers, params, query }: Pick<FastifyRequest, 'headers' | 'params' | 'query'>,
): Reader {
  const ids = [params, query].flatMap((given) => {
    const { userId, anonymousId }: { userId?: unknown; anonymousId?: unknown } = given ?? {};
    return [userId, anonymousId];
  });
  const stated = { purpose: headers['x-purpose'], ticket: headers['x-ticket'], ids };
  return readerOf(access, stated, { purpose: 'x-purpose', ticket: 'x-ticket' });
}

/** The caller of a route that is not public. */
export function accessOf(request: FastifyRequest): Access {
  if (request.access === null) throw new CodedError('unauthorized', 'Send a valid key.');
  return request.access;
}

function writeKeyOf(request: FastifyRequest): string | undefined {
  const basic = credentialsOf(request, 'basic');
  if (basic !== undefined) return userOf(basic);
  const header = request.headers['x-write-key'];
  return credentialsOf(request, 'bearer') ?? (typeof header === 'string' ? header : undefined);
}

function credentialsOf(request: FastifyRequest, scheme: 'basic' | 'bearer'): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined || header.charCodeAt(scheme.length) !== 0x20) return undefined;
  return header.slice(0, scheme.length).toLowerCase() === scheme
    ? header.slice(scheme.length + 1).trim()
    : undefined;
}

/** Clients put the key in the place of the user and leave the password empty. */
function userOf(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? text : text.slice(0, colon);
}
