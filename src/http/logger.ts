import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';
import { CodedError } from '../domain/errors.js';

/**
 * JSON lines for machines. A log line never says who: of a request it keeps the method and the route's pattern (the
 * address can hold a person's id, the socket an IP address), of an unforeseen error its kind and its stack (the
 * message may quote a value).
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { req: ofRequest, res: ofReply, err: ofError } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function ofRequest(request: FastifyRequest) {
  return { method: request.method, route: request.routeOptions?.url ?? null };
}

function ofReply(reply: FastifyReply) {
  return { statusCode: reply.statusCode };
}

function ofError(error: unknown) {
  if (!(error instanceof Error)) return { kind: typeof error };
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
  return {
    kind: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error instanceof CodedError ? { message: error.message } : {}),
    stack: frames?.join('\n') ?? '',
  };
}
