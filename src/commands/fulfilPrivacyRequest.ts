import type { KnownRequest } from '../domain/privacyRequest/evolve.js';
import { atATime } from './atATime.js';
import type { Fulfilment } from './personRights.js';
import {
  executeOnPrivacyRequest,
  loadPrivacyRequest,
  type PrivacyRequestAddress,
  type PrivacyRequestStreams,
} from './privacyRequestStream.js';
import type { Fulfillers } from './privacyRequests.js';

/** Milliseconds from a failed attempt to the next; after the last one the request has failed: about nine hours in all. */
export const retryDelays: readonly number[] = [1, 10, 60, 600, 3600, 10_800, 18_000].map((s) => s * 1000);
/** Exports are heavy, and ingestion goes on beside them. Erasures are carried out many together, and see to that themselves. */
const fulfilledAtATime = 8;
/** Thousands may be under way, and ingestion goes on beside them. */
const recordedAtATime = 32;

export type FulfilPrivacyRequest = (address: PrivacyRequestAddress) => Promise<void>;

/**
 * Carries one request out, as far as it has to be: begins it where it is pending, goes on where it was begun and no outcome
 * stands, and does nothing otherwise. After a crash between the work and its record the work is asked for again.
 * @throws what the event store throws; a rejection of what carries the request out is recorded
 */
export function fulfilPrivacyRequest(
  streams: PrivacyRequestStreams,
  fulfillers: Fulfillers,
): FulfilPrivacyRequest {
  const limited = atATime(fulfilledAtATime);
  const inTurn = atATime(recordedAtATime);

  return async (address) => {
    const request = await inTurn(() => begin(address));
    if (request === undefined) return;
    const tried = await tryOnce(address.tenantId, request);
    await inTurn(() => record(address, request, tried));
  };

  /** Undefined where it is not due, or somebody cancelled or rejected it meanwhile. */
  async function begin(address: PrivacyRequestAddress): Promise<KnownRequest | undefined> {
    const known = (await loadPrivacyRequest(streams, address)).state;
    if (known.status !== 'pending' && known.status !== 'in_progress') return undefined;
    if (known.retryAt !== null && known.retryAt > streams.now()) return undefined;
    if (known.status === 'in_progress') return known;
    try {
      const command = { type: 'StartRequest', data: { at: streams.now() } } as const;
      const { state } = await executeOnPrivacyRequest(streams, address, command);
      return state.status === 'in_progress' ? state : undefined;
    } catch (error) {
      if (codeOf(error) === 'conflict') return undefined;
      throw error;
    }
  }

  /** A fulfilment, or the code of why there is none. */
  async function tryOnce(tenantId: string, { asked }: KnownRequest): Promise<Fulfilment | string> {
    const { requestId, requestType, subjects, details } = asked;
    const fulfil = fulfillers[requestType];
    if (fulfil === undefined) return 'request-type-not-supported';
    try {
      const due = { tenantId, requestId, type: requestType, subjects, details };
      return await (requestType === 'erasure' ? fulfil(due) : limited(() => fulfil(due)));
    } catch (error) {
      return codeOf(error);
    }
  }

  async function record(
    address: PrivacyRequestAddress,
    { failedAttempts }: KnownRequest,
    tried: Fulfilment | string,
  ): Promise<void> {
    const at = streams.now();
    if (typeof tried === 'object') {
      const data = { at, outcome: tried.outcome, remarks: tried.remarks, result: tried.result };
      await executeOnPrivacyRequest(streams, address, { type: 'ConcludeRequest', data });
      return;
    }
    const delay = retryDelays[failedAttempts];
    const retryAt = delay === undefined ? null : at + delay;
    const data = { at, attempt: failedAttempts + 1, reason: tried, retryAt };
    await executeOnPrivacyRequest(streams, address, { type: 'RecordFailedAttempt', data });
  }
}

/** A message may hold anything, so only what looks like a code goes into an event. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(code) ? code : 'unforeseen-error';
}
