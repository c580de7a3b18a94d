import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { allowedCallback, type CallbackRules } from '../../commands/callbackUrl.js';
import type { PostCallback } from '../../commands/statusCallback.js';
import { isLoopbackAddress, isPublicAddress } from './publicAddress.js';

/** For the whole of a callback: name, connection, answer. Milliseconds. */
const defaultTimeout = 10_000;

export interface PostCallbackOptions {
  readonly rules: CallbackRules;
  readonly timeout?: number;
  /** All addresses of a host. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/**
 * Posts to allow-listed hosts. A host's addresses are looked up, checked, and those very ones connected to, so that a name
 * that points elsewhere a moment later leads nowhere. Redirects are not followed, and of the answer its status alone is read.
 */
export function createPostCallback(options: PostCallbackOptions): PostCallback {
  const { rules, timeout = defaultTimeout, resolve = (host) => lookup(host, { all: true }) } = options;
  const isAllowed = (address: string) =>
    isPublicAddress(address) || (rules.allowLoopback && isLoopbackAddress(address));

  async function post(url: URL, body: Buffer, headers: Readonly<Record<string, string>>): Promise<number> {
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isAllowed(literal)) throw new PrivateAddress();
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
      // A connection of its own each time: a kept one may lead to an address of another look-up.
      agent: false,
      lookup: checkedLookup(resolve, isAllowed),
      signal: AbortSignal.timeout(timeout),
    });
    request.end(body);
    // A boundary: the event's only argument, by Node's documentation.
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    response.destroy();
    return response.statusCode ?? 0;
  }

  return async ({ tenantId, url: text, body, headers }) => {
    const url = allowedCallback(rules, tenantId, text);
    if (url === undefined) return { delivered: false, reason: 'callback-not-allowed' };
    try {
      const status = await post(url, body, headers);
      return status >= 200 && status < 300
        ? { delivered: true }
        : { delivered: false, reason: status >= 300 && status < 400 ? 'redirected' : `http-${status}` };
    } catch (error) {
      return { delivered: false, reason: reasonOf(error) };
    }
  };
}

class PrivateAddress extends Error {
  readonly code = 'private-address';
}

function checkedLookup(
  resolve: (host: string) => Promise<readonly LookupAddress[]>,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
          done(new PrivateAddress(), '', 0);
        } else if (all === true) done(null, [...addresses]);
        else done(null, first.address, first.family);
      },
      (error: unknown) => done(error instanceof Error ? error : new Error('the look-up failed'), '', 0),
    );
  };
}

/** A code alone: messages name hosts and addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timeout';
  const code = 'code' in error ? error.code : undefined;
  if (code === 'private-address') return code;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)
    ? code.toLowerCase().replaceAll('_', '-')
    : 'unreachable';
}
