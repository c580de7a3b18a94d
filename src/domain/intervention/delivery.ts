import type { ConsentChannel } from '../consent/events.js';
import type { DeliveryBounced, DeliveryFailed, DeliveryStarted, InterventionEvent } from './events.js';

/** How far the delivery of a message has come since it was proposed or sent again. Bounded by the providers there are. */
export interface DeliveryProgress {
  /** Newest try of each provider. */
  readonly tries: readonly ProviderTry[];
  /** Channels that are not tried any more, whatever their providers. */
  readonly closed: readonly ConsentChannel[];
  /** What was told of the message afterwards, each once: `<channel> <news>`. */
  readonly told: readonly string[];
  /** Of the last failure; null before there was one. */
  readonly reason: string | null;
  readonly resends: number;
}

export interface ProviderTry {
  readonly channel: ConsentChannel;
  readonly provider: string;
  readonly attempt: number;
  /** `called`: no outcome is known. */
  readonly state: 'called' | 'failed' | 'took-it';
  /** When it is called again, epoch milliseconds; null where it is not. */
  readonly retryAt: number | null;
  /** Fingerprint of the address; null where none was needed. */
  readonly address: string | null;
}

/** A provider that could be called. */
export interface DeliveryWay {
  readonly channel: ConsentChannel;
  readonly provider: string;
  /** Whether a second call with the same message is shown once. */
  readonly deduplicates: boolean;
}

export type DeliveryStep =
  | { readonly step: 'call'; readonly way: DeliveryWay; readonly attempt: number }
  /** A call began whose outcome nobody recorded, and which may not be made twice. */
  | { readonly step: 'settle'; readonly call: ProviderTry }
  | { readonly step: 'wait'; readonly until: number }
  | { readonly step: 'fail'; readonly reason: string };

/** Nothing was delivered, and whether it went out cannot be known. */
export const unknownOutcome = 'unknown-outcome';

/** Milliseconds after which a call that has no outcome was abandoned: no call takes as long. */
export const callSettles = 20_000;

/** Tries of one provider at most. */
const mostTries = 5;
/** Milliseconds before the second try; four times as long before each further one. */
const firstBackoff = 1000;
/** Milliseconds: a provider that wants to be left alone for longer is given up. */
const longestWait = 3_600_000;

export const noProgress: DeliveryProgress = { tries: [], closed: [], told: [], reason: null, resends: 0 };

/**
 * What is to be done next: the channels in their order, of each all providers in turn before one is tried again, and the next
 * channel only when nothing is left to be tried over this one.
 * @param ways in that order; a channel without any is passed over
 * @param now epoch milliseconds
 */
export function nextStep(
  progress: DeliveryProgress,
  ways: readonly DeliveryWay[],
  { notBefore, expiresAt }: { readonly notBefore: number | null; readonly expiresAt: number },
  now: number,
): DeliveryStep {
  const called = progress.tries.find(({ state }) => state === 'called');
  if (called !== undefined) {
    const way = ways.find((each) => isSame(each, called));
    return way?.deduplicates === true && now < expiresAt
      ? { step: 'call', way, attempt: called.attempt }
      : { step: 'settle', call: called };
  }
  if (now >= expiresAt) return { step: 'fail', reason: 'expired' };
  if (notBefore !== null && now < notBefore) return { step: 'wait', until: notBefore };
  const open = ways.filter(({ channel }) => !progress.closed.includes(channel));
  for (const channel of new Set(open.map((way) => way.channel))) {
    const step = nextOver(
      progress,
      open.filter((way) => way.channel === channel),
      now,
    );
    if (step !== undefined) return step;
  }
  return { step: 'fail', reason: progress.reason ?? 'no-channel' };
}

function nextOver(
  { tries }: DeliveryProgress,
  ways: readonly DeliveryWay[],
  now: number,
): DeliveryStep | undefined {
  let until: number | undefined;
  for (const way of ways) {
    const last = tries.find((each) => isSame(each, way));
    if (last === undefined) return { step: 'call', way, attempt: 1 };
    if (last.retryAt === null) continue;
    if (last.retryAt <= now) return { step: 'call', way, attempt: last.attempt + 1 };
    until = Math.min(until ?? last.retryAt, last.retryAt);
  }
  return until === undefined ? undefined : { step: 'wait', until };
}

/**
 * When a failed call is made again, epoch milliseconds; null where it is not.
 * @param retryAfter milliseconds that the provider asks for
 */
export function retryAtAfter(
  attempt: number,
  { permanent, retryAfter = 0 }: { readonly permanent: boolean; readonly retryAfter?: number },
  expiresAt: number,
  now: number,
): number | null {
  if (permanent || attempt >= mostTries || retryAfter > longestWait) return null;
  const at = now + Math.max(firstBackoff * 4 ** (attempt - 1), retryAfter);
  return at < expiresAt ? at : null;
}

export function evolveDelivery(progress: DeliveryProgress, event: InterventionEvent): DeliveryProgress {
  switch (event.type) {
    case 'DeliveryStarted':
      return withTry(progress, startedTry(event));
    case 'DeliveryFailed':
      return failed(progress, event);
    case 'InterventionDelivered': {
      const { channel, provider } = event.data;
      const last = progress.tries.find((each) => each.channel === channel && each.provider === provider);
      return last === undefined ? progress : withTry(progress, { ...last, state: 'took-it', retryAt: null });
    }
    case 'InterventionFailed':
      return { ...progress, reason: event.data.reason };
    case 'InterventionResent':
      return { ...noProgress, resends: progress.resends + 1 };
    case 'DeliveryConfirmed':
      return told(progress, `${event.data.channel} delivered`);
    case 'DeliveryBounced':
      return bounced(progress, event);
    default:
      return progress;
  }
}

function startedTry({ data: { channel, provider, attempt, address } }: DeliveryStarted): ProviderTry {
  return { channel, provider, attempt, state: 'called', retryAt: null, address: address ?? null };
}

/** Without an attempt no provider was called: the whole channel was out of the question. */
function failed(progress: DeliveryProgress, { data }: DeliveryFailed): DeliveryProgress {
  const { channel, provider, attempt, reason, retryAt, suppress } = data;
  const closes = attempt === 0 || suppress !== undefined || reason === unknownOutcome;
  const closed = closes && !progress.closed.includes(channel) ? [channel] : [];
  const next = { ...progress, reason, closed: [...progress.closed, ...closed] };
  const last = progress.tries.find((each) => isSame(each, { channel, provider }));
  return last === undefined ? next : withTry(next, { ...last, state: 'failed', retryAt });
}

/** What never arrived goes on to the next channel; who complains got it. */
function bounced(progress: DeliveryProgress, { data }: DeliveryBounced): DeliveryProgress {
  const next = told(progress, `${data.channel} ${data.bounce}`);
  return data.bounce === 'hard'
    ? { ...next, reason: 'hard-bounce', closed: [...next.closed, data.channel] }
    : next;
}

function told(progress: DeliveryProgress, news: string): DeliveryProgress {
  return { ...progress, told: [...progress.told, news] };
}

function withTry(progress: DeliveryProgress, newest: ProviderTry): DeliveryProgress {
  return { ...progress, tries: [...progress.tries.filter((each) => !isSame(each, newest)), newest] };
}

function isSame(
  a: Pick<ProviderTry, 'channel' | 'provider'>,
  b: Pick<ProviderTry, 'channel' | 'provider'>,
): boolean {
  return a.channel === b.channel && a.provider === b.provider;
}
