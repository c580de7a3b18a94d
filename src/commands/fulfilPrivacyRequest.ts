import type { KnownRequest } from '../domain/privacyRequest/evolve.js';
import type { Fulfilment, FulfilRequest } from './personRights.js';
import {
  executeOnPrivacyRequest,
  loadPrivacyRequest,
  type PrivacyRequestAddress,
  type PrivacyRequestStreams,
} from './privacyRequestStream.js';
import type { Fulfillers } from './privacyRequests.js';

/** Milliseconds from a failed attempt to the next; after the last one the request has failed: about nine hours in all. */
export const retryDelays: readonly number[] = [1, 10, 60, 600, 3600, 10_800, 18_000].map((s) => s * 1000);

export type FulfilPrivacyRequest = (address: PrivacyRequestAddress) => Promise<void>;

/**
 * Carries one request out, as far as it has to be: begins it where it is pending, goes on where it was begun and no outcome
 * stands, and does nothing otherwise. After a crash between the work and its record the work is asked for again.
 * @throws what the event store throws; a rejection of what carries the request out is recorded
 */
export function fulfilPrivacyRequest(
  streams: PrivacyRequestStreams,
  fulfillers: Fulfillers,
  delays: readonly number[] = retryDelays,
): FulfilPrivacyRequest {
  return async (address) => {
    const { state } = await loadPrivacyRequest(streams, address);
    if (state.status !== 'pending' && state.status !== 'in_progress') return;
    if (state.retryAt !== null && state.retryAt > streams.now()) return;
    const request = await begin(address);
    if (request === undefined) return;
    const { outcome, attempt } = await tryOnce(
      address.tenantId,
      request,
      fulfillers[request.asked.requestType],
    );
    const at = streams.now();
    if (typeof outcome === 'object') {
      const { remarks, result } = outcome;
      const data = { at, outcome: outcome.outcome, remarks, result };
      await executeOnPrivacyRequest(streams, address, { type: 'ConcludeRequest', data });
      return;
    }
    const delay = delays[attempt - 1];
    const data = { at, attempt, reason: outcome, retryAt: delay === undefined ? null : at + delay };
    await executeOnPrivacyRequest(streams, address, { type: 'RecordFailedAttempt', data });
  };

  /** Undefined where somebody cancelled or rejected it meanwhile. */
  async function begin(address: PrivacyRequestAddress): Promise<KnownRequest | undefined> {
    try {
      const command = { type: 'StartRequest', data: { at: streams.now() } } as const;
      const { state } = await executeOnPrivacyRequest(streams, address, command);
      return state.status === 'in_progress' ? state : undefined;
    } catch (error) {
      if (codeOf(error) === 'conflict') return undefined;
      throw error;
    }
  }
}

/** A fulfilment, or the code of why there is none. */
async function tryOnce(
  tenantId: string,
  { asked, failedAttempts }: KnownRequest,
  fulfil: FulfilRequest | undefined,
): Promise<{ readonly outcome: Fulfilment | string; readonly attempt: number }> {
  const attempt = failedAttempts + 1;
  if (fulfil === undefined) return { outcome: 'request-type-not-supported', attempt };
  const { requestId, requestType, subjects, details } = asked;
  try {
    return { outcome: await fulfil({ tenantId, requestId, type: requestType, subjects, details }), attempt };
  } catch (error) {
    return { outcome: codeOf(error), attempt };
  }
}

/** A message may hold anything, so only what looks like a code goes into an event. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(code) ? code : 'unforeseen-error';
}
