import CircuitBreaker from 'opossum';
import {
  type Channel,
  type ChannelMessage,
  type ChannelOutcome,
  DeliveryUnknown,
} from '../../commands/channel.js';
import type { Suppression } from '../../domain/reachability/events.js';

/** What bounds the calls of one provider. Times in milliseconds. */
export interface CallLimits {
  /** For the whole of a call. */
  readonly timeout: number;
  /** Calls at the same time; what is more is told to come again, and waits nowhere. */
  readonly concurrency: number;
  /** How long the breaker stays open before one call is let through. */
  readonly rest: number;
}

const defaultLimits: CallLimits = { timeout: 10_000, concurrency: 32, rest: 10_000 };
/** Of ten seconds: the breaker opens when half of the calls failed, and there were this many. */
const fewestCalls = 5;
/** Milliseconds after which a call that found no room is worth another try. */
const busyFor = 1000;
/** Title and body together: more than any message is, and as much as an adapter may have to hold for each call. */
const longestMessage = 64 * 1024;

export type BreakerState = 'closed' | 'half-open' | 'open';

/** A channel behind a provider, and how the provider is doing. */
export interface ProviderChannel extends Channel {
  breaker(): BreakerState;
  inFlight(): number;
  close(): void;
}

/** What an adapter says of itself. */
export interface ProviderDescription
  extends Pick<Channel, 'channel' | 'provider' | 'addressedBy' | 'deduplicates'> {
  readonly limits?: Partial<CallLimits>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * A failure that says something about the provider rather than about the message: it counts for the breaker.
 * Without an outcome it cannot be known whether the message went out.
 */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';

  constructor(readonly outcome?: ChannelOutcome) {
    super('The provider did not do its work.');
  }
}

type Deliver = (message: ChannelMessage, signal: AbortSignal) => Promise<ChannelOutcome>;

/**
 * Makes a channel of the one call that hands a message over: bounds its time, how many there are at once, and spares a
 * provider that fails.
 * @param deliver throws `ProviderFault`, or anything else where it cannot be known whether the message went out
 * @param close ends what is kept open
 */
export function providerChannel(
  description: ProviderDescription,
  deliver: Deliver,
  close: () => void = () => undefined,
): ProviderChannel {
  const { channel, provider, addressedBy, deduplicates, now } = description;
  const { timeout, concurrency, rest } = { ...defaultLimits, ...description.limits };
  const breaker = new CircuitBreaker(
    (message: ChannelMessage, signal: AbortSignal) => withinTime(deliver, message, signal, timeout),
    {
      timeout: false,
      resetTimeout: rest,
      volumeThreshold: fewestCalls,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    },
  );
  let inFlight = 0;

  async function send(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    if (now() >= message.expiresAt) return refused('expired');
    if (message.title.length + message.body.length > longestMessage) return refused('too-long');
    if (inFlight >= concurrency) return later('provider-busy', busyFor);
    inFlight += 1;
    try {
      return await breaker.fire(message, signal);
    } catch (error) {
      if (error instanceof ProviderFault && error.outcome !== undefined) return error.outcome;
      if (error instanceof Error && CircuitBreaker.isOurError(error)) return later('provider-resting', rest);
      throw new DeliveryUnknown(provider);
    } finally {
      inFlight -= 1;
    }
  }

  return {
    channel,
    provider,
    addressedBy,
    deduplicates,
    send,
    breaker: () => (breaker.closed ? 'closed' : breaker.halfOpen ? 'half-open' : 'open'),
    inFlight: () => inFlight,
    close() {
      breaker.shutdown();
      close();
    },
  };
}

/** Ends in time even where what it waits for ignores the signal. */
async function withinTime(
  deliver: Deliver,
  message: ChannelMessage,
  signal: AbortSignal,
  timeout: number,
): Promise<ChannelOutcome> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const timer = setTimeout(stop, timeout);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([deliver(message, stopping.signal), rejectionOf(stopping.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const rejectNow = () => reject(new ProviderFault());
    if (signal.aborted) rejectNow();
    else signal.addEventListener('abort', rejectNow, { once: true });
  });
}

/** Failures that another try does not mend. */
export function refused(reason: string, suppress?: Suppression): ChannelOutcome {
  return { outcome: 'failed', reason, permanent: true, ...(suppress !== undefined && { suppress }) };
}

export const invalidAddress = refused('invalid-address', 'invalid-address');

/** Failures that pass. */
export function later(reason: string, retryAfter?: number): ChannelOutcome {
  return { outcome: 'failed', reason, permanent: false, ...(retryAfter !== undefined && { retryAfter }) };
}

export function accepted(providerMessageId: string | null): ChannelOutcome {
  return { outcome: 'accepted', providerMessageId };
}
