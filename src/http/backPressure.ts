import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../domain/errors.js';
import type { Limits } from './limits.js';

/** What even the smallest request costs while it is under way: socket, headers, request and reply objects. */
const leastRequestBytes = 4096;

/**
 * Refuses with 503 and Retry-After before memory grows: the bytes of all requests under way on this scope's routes and
 * what the event store holds unwritten stay below one bound. As the bound also limits how much work stands in line,
 * the wait of an accepted request stays bounded.
 */
export function addBackPressure(
  scope: FastifyInstance,
  limits: Pick<Limits, 'bodyBytes' | 'underWayBytes'>,
  pendingBytes: () => number,
): void {
  let underWay = 0;
  scope.addHook('onRequest', (request, reply, done) => {
    const cost = costOf(request, limits.bodyBytes);
    if (underWay + pendingBytes() + cost > limits.underWayBytes) {
      done(new CodedError('overloaded', 'Nothing was stored. Send the same events again a little later.'));
      return;
    }
    underWay += cost;
    // Comes once, whether it was answered or broken off before that.
    reply.raw.once('close', () => {
      underWay -= cost;
    });
    done();
  });
}

/** A length that is not told, or that says nothing of the unpacked size, counts as the largest allowed. */
function costOf(request: FastifyRequest, bodyBytes: number): number {
  const { 'content-length': length, 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined || request.headers['transfer-encoding'] !== undefined) return bodyBytes;
  return Math.min(Math.max(Number(length ?? 0), leastRequestBytes), bodyBytes);
}
