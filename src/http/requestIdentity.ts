import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { findPersonal } from '../domain/privacy/detection.js';

const saneRequestId = /^[A-Za-z0-9._~:-]{1,128}$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/**
 * The caller's `x-request-id` where it is short and plain and no personal value is found in it, so that it can stand in log
 * lines and events; else a new one.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && saneRequestId.test(given) && isImpersonal(given) ? given : randomUUID();
}

/** A UUID may hold, by chance, what looks like a number of a person. */
function isImpersonal(id: string): boolean {
  return uuid.test(id) || findPersonal(id).length === 0;
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
