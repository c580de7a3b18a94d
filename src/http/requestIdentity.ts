import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';

/** As programs make them: a UUID, or 128 bits in hexadecimal digits, as traces and proxies have them. */
const generated = /^[0-9a-f]{8}(-?)[0-9a-f]{4}(?:\1[0-9a-f]{4}){2}\1[0-9a-f]{12}$/i;
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/**
 * The caller's `x-request-id` where a program made it, else a new one: it stands in log lines and events, and what a person
 * chose may be made of somebody's id, whom nothing at this moment tells.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && generated.test(given) ? given : randomUUID();
}

/** The trace id of a W3C `traceparent`, undefined where there is none or it is malformed (all zeros is malformed). */
export function traceIdOf(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const header = request.headers.traceparent;
  if (typeof header !== 'string') return undefined;
  const traceId = traceparent.exec(header)?.[1];
  return traceId === '0'.repeat(32) ? undefined : traceId;
}

/** Logs what belongs to a request, with its id and where given the trace it is part of. */
export function logOf(request: FastifyRequest): FastifyBaseLogger {
  return request.log.child({ requestId: request.id, traceId: traceIdOf(request.raw) });
}
