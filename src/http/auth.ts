import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access, AccessKeys, AccessRole } from '../commands/accessKeys.js';
import { CodedError } from '../domain/errors.js';

/** What a route asks of its caller. A route that states nothing asks for `read`. */
export type RouteAccess = 'public' | 'read' | 'write';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes, and on ingestion until the key in the body has been read. */
    access: Access | null;
  }
}

const allowedRoles: Readonly<Record<Exclude<RouteAccess, 'public'>, readonly AccessRole[]>> = {
  read: ['administrator'],
  write: ['write'],
};

/** Checks the caller of every route that reads, before its body is received. */
export function addAuthentication(app: FastifyInstance, keys: AccessKeys): void {
  app.decorateRequest('access', null);
  app.addHook('onRequest', (request, _, done) => {
    const { access = 'read' } = request.routeOptions.config;
    // Browsers ask leave (OPTIONS) without credentials, and are told nothing but that.
    if (access === 'read' && !request.is404 && request.method !== 'OPTIONS') {
      request.access = authorise(keys, credentialsOf(request, 'bearer'), 'read');
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
export function authorise(
  keys: AccessKeys,
  secret: string | undefined,
  needed: Exclude<RouteAccess, 'public'>,
): Access {
  const access = secret === undefined ? undefined : keys.authenticate(secret);
  if (access === undefined) {
    throw new CodedError(
      'unauthorized',
      needed === 'write'
        ? 'Send a valid write key: as Basic user, Bearer token, x-write-key header or writeKey in the body.'
        : 'Send a valid token: Authorization: Bearer <token>.',
    );
  }
  if (!allowedRoles[needed].includes(access.role)) {
    throw new CodedError('forbidden', `This key's role is ${access.role}; use a key made for this.`);
  }
  return access;
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
