import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access } from '../commands/accessKeys.js';
import { CodedError } from '../domain/errors.js';

/** Requests a second that one access key may make. Undefined: as many as the server can serve. */
export interface RequestRates {
  /** With a write key. */
  readonly ingestion: number | undefined;
  /** With any other. */
  readonly reads: number | undefined;
}

export interface RateLimits {
  readonly rates: RequestRates;
  /** Never rejects. */
  readonly take: (
    bucket: string,
    limit: { readonly perSecond: number; readonly burst: number },
  ) => Promise<{ readonly allowed: boolean; readonly retryAfter: number }>;
}

/** Seconds' worth of requests that may come at once. */
const burstSeconds = 2;

/** @throws CodedError `rate-limited`, with the time to wait */
export type CheckRate = (access: Access) => Promise<void>;

/** Checks the rates of whoever has shown a key in the headers, before the body is received. Costs nothing where none is set. */
export function addRateLimits(app: FastifyInstance, limits: RateLimits): void {
  const { ingestion, reads } = limits.rates;
  if (ingestion === undefined && reads === undefined) return;
  const check = rateCheck(limits);
  app.addHook('preParsing', async (request: FastifyRequest) => {
    if (request.access !== null) await check(request.access);
  });
}

export function rateCheck({ rates, take }: RateLimits): CheckRate {
  return async ({ keyId, role }) => {
    const kind = role === 'write' ? 'ingestion' : 'reads';
    const perSecond = rates[kind];
    if (perSecond === undefined) return;
    const burst = Math.max(1, perSecond * burstSeconds);
    const { allowed, retryAfter } = await take(`${kind}/${keyId}`, { perSecond, burst });
    if (allowed) return;
    throw new CodedError('rate-limited', 'This key has made all the requests it may for now.', {
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfter / 1000)),
    });
  };
}
