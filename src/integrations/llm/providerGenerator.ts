import CircuitBreaker from 'opossum';
import type { ModelPrice } from '../../commands/help/modelPrices.js';
import {
  GenerationFailed,
  type GenerationFailure,
  type GenerationRequest,
  type GenerationTurn,
  type TextGenerator,
} from '../../commands/textGenerator.js';
import { codeOf, neverConnected, retryAfterIn } from '../channels/providerRequest.js';
import { AnswerSoFar } from './answerSoFar.js';

/** Of ten seconds: the breaker opens when half of the calls failed, and there were this many. */
const fewestCalls = 5;
/** Milliseconds it stays open before one call is let through. */
const defaultRest = 10_000;
/** Milliseconds for the whole of a call, whatever the caller's patience. */
const defaultTimeout = 30_000;
/** Milliseconds without a sign of life after which a call that its caller gives up says something about the provider. */
const defaultSilence = 2000;
/** Bytes of an answer, far more than the tokens asked for need. */
const longestAnswer = 1024 * 1024;

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface ProviderConfiguration {
  readonly apiKey: string;
  /** Undefined: the provider's own. */
  readonly baseUrl: string | undefined;
  readonly model: string;
  readonly price: ModelPrice | null;
  readonly limits?: { readonly timeout?: number; readonly silence?: number; readonly rest?: number };
}

/** A model behind a provider, and how the provider is doing. */
export interface ProviderGenerator extends TextGenerator {
  breaker(): BreakerState;
  inFlight(): number;
  close(): void;
}

type Ask = (request: GenerationRequest, call: ProviderCall) => Promise<GenerationTurn>;
type Fetch = typeof fetch;

/** What one try goes by. */
interface ProviderCall {
  readonly signal: AbortSignal;
  readonly fetch: Fetch;
  /** Told of what is streamed, for the case that the answer does not come to its end. */
  readonly soFar: AnswerSoFar;
}

/**
 * Bounds a call's time and spares a provider that fails.
 * @param ask one try over the `fetch` given, which may throw whatever its SDK throws
 */
export function providerGenerator(
  provider: string,
  { model, price, limits = {} }: ProviderConfiguration,
  ask: Ask,
): ProviderGenerator {
  const { timeout = defaultTimeout, silence = defaultSilence, rest = defaultRest } = limits;
  let inFlight = 0;
  const call = (request: GenerationRequest, signal: AbortSignal) =>
    withinTime(ask, request, signal, { timeout, silence });
  const breaker: CircuitBreaker<Parameters<typeof call>, GenerationTurn> = new CircuitBreaker(call, {
    timeout: false,
    resetTimeout: rest,
    volumeThreshold: fewestCalls,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // To opossum what is filtered is a success, which closes a half-open breaker: there it has to be an answer.
    errorFilter: (error: unknown) =>
      error instanceof GenerationFailed &&
      (answers.has(error.code) || (error.code === 'out-of-time' && !breaker.halfOpen)),
  });
  return {
    provider,
    model,
    price,
    isReady: () => breaker.closed || breaker.pendingClose,
    async generate(request, signal) {
      inFlight += 1;
      try {
        return await breaker.fire(request, signal);
      } catch (error) {
        throw error instanceof GenerationFailed ? error : new GenerationFailed('provider-resting', rest);
      } finally {
        inFlight -= 1;
      }
    },
    breaker: () => (breaker.closed ? 'closed' : breaker.halfOpen ? 'half-open' : 'open'),
    inFlight: () => inFlight,
    close: () => breaker.shutdown(),
  };
}

/** Failures that a provider who is well tells of. */
const answers: ReadonlySet<GenerationFailure> = new Set(['request-refused', 'rate-limited']);

/**
 * Ends in time even where the SDK ignores the signal. A caller who gives up says nothing about a provider that is answering, or
 * that was asked only just now; after `silence` milliseconds without a sign of life it is the provider who failed.
 * @throws GenerationFailed
 */
async function withinTime(
  ask: Ask,
  request: GenerationRequest,
  signal: AbortSignal,
  { timeout, silence }: { readonly timeout: number; readonly silence: number },
): Promise<GenerationTurn> {
  const stopping = new AbortController();
  let heardAt = performance.now();
  let code: GenerationFailure = 'timeout';
  const giveUp = () => {
    if (performance.now() - heardAt < silence) code = 'out-of-time';
    stopping.abort();
  };
  const timer = setTimeout(() => stopping.abort(), timeout);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const soFar = new AnswerSoFar();
  const stopped = new Promise<never>((_, reject) => {
    const give = () => reject(new GenerationFailed(code));
    if (stopping.signal.aborted) give();
    else stopping.signal.addEventListener('abort', give, { once: true });
  });
  const heard = () => {
    heardAt = performance.now();
  };
  try {
    const call = { signal: stopping.signal, fetch: boundedFetch(heard), soFar };
    return await Promise.race([ask(request, call), stopped]);
  } catch (error) {
    const failure = stopping.signal.aborted ? new GenerationFailed(code) : failureOf(error);
    throw new GenerationFailed(failure.code, failure.retryAfter, soFar.usage(request));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** What the SDKs throw: errors with the answer's status and headers, or with what kept them from getting one. */
function failureOf(error: unknown): GenerationFailed {
  if (error instanceof GenerationFailed) return error;
  if (!(error instanceof Error)) return new GenerationFailed('malformed');
  const status = 'status' in error && typeof error.status === 'number' ? error.status : undefined;
  if (status !== undefined) return new GenerationFailed(codeOfStatus(status), retryAfterOf(error));
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof GenerationFailed) return cause;
    const code = codeOf(cause);
    if (code === undefined) continue;
    return new GenerationFailed(neverConnected.test(code) ? 'unreachable' : 'interrupted');
  }
  // An event of the stream that says it failed.
  if ('type' in error && typeof error.type === 'string') {
    return new GenerationFailed(error.type === 'overloaded_error' ? 'overloaded' : 'provider-error');
  }
  return new GenerationFailed(error.name === 'APIConnectionError' ? 'interrupted' : 'malformed');
}

function codeOfStatus(status: number): GenerationFailure {
  if (status === 429) return 'rate-limited';
  if (status === 529 || status === 503) return 'overloaded';
  if (status === 401 || status === 403) return 'credentials-refused';
  return status === 408 || status === 409 || status >= 500 ? 'provider-error' : 'request-refused';
}

/** Both providers give seconds in `retry-after`, and some servers milliseconds in `retry-after-ms`. */
function retryAfterOf(error: Error): number | undefined {
  const headers = 'headers' in error && error.headers instanceof Headers ? error.headers : undefined;
  const precise = headers?.get('retry-after-ms');
  if (precise && /^\d{1,9}$/.test(precise)) return Number(precise);
  return retryAfterIn(headers?.get('retry-after'), Date.now());
}

/** Follows nobody elsewhere with the key, and reads no more than an answer can be. @param heard called for each sign of life */
function boundedFetch(heard: () => void): Fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
    heard();
    if (response.body === null) return response;
    let size = 0;
    const bounded = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          heard();
          size += chunk.byteLength;
          if (size > longestAnswer) controller.error(new GenerationFailed('malformed'));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(bounded, { status, statusText, headers });
  };
}
