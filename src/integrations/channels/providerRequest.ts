import type { ChannelOutcome } from '../../commands/channel.js';
import { later, ProviderFault, refused } from './providerChannel.js';

/** As much of an answer as is read: what is needed stands at its beginning. */
const longestAnswer = 64 * 1024;
/** A longer wait is not worth a message's while. Milliseconds. */
const longestWait = 24 * 60 * 60_000;

export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * One request, without redirects.
 * @throws ProviderFault with an outcome where there was no connection, without one where it broke
 */
export async function requestProvider(
  url: string | URL | Request,
  init: RequestInit,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, headers: response.headers, text: await beginningOf(response) };
  } catch (error) {
    throw faultOf(error);
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  // Leaving the loop ends the answer.
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) break;
  }
  return text.slice(0, longestAnswer);
}

/** JSON of a provider's answer; undefined where it is none. */
export function jsonOf({ text }: ProviderAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a status means where the provider says nothing more precise. @throws ProviderFault */
export function outcomeOfStatus(
  status: number,
  retryAfterHeader: string | null | undefined,
  now: number,
): ChannelOutcome {
  const retryAfter = retryAfterIn(retryAfterHeader, now);
  if (status === 429) return later('rate-limited', retryAfter);
  if (status === 401 || status === 403) throw new ProviderFault(later('credentials-refused'));
  if (status === 408 || status >= 500 || status < 400) {
    throw new ProviderFault(later(`http-${status}`, retryAfter));
  }
  return refused(`http-${status}`);
}

/** Of a Retry-After header (RFC 9110, seconds or a date): milliseconds, undefined where there is none. */
export function retryAfterIn(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestWait);
}

/** Codes of failures before anything was sent. */
export const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|EPROTO|private-address|ERR_TLS_\w+|CERT_\w+|DEPTH_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

export function faultOf(error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error;
  const code = codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
  return code !== undefined && neverConnected.test(code)
    ? new ProviderFault(later(code === 'private-address' ? code : 'unreachable'))
    : new ProviderFault();
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
