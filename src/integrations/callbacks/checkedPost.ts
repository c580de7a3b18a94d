import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

export interface CheckedPostOptions {
  /** Whether an IP address may be connected to. */
  isAllowed(address: string): boolean;
  /** All addresses of a host. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

export interface CheckedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** @throws PrivateAddress, and the errors of Node's requests */
export type CheckedPost = (
  url: URL,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<CheckedAnswer>;

/**
 * Posts to addresses that others name. A host's addresses are looked up, checked, and those very ones connected to, so
 * that a name that points elsewhere a moment later leads nowhere. Redirects are not followed, and an answer's body is
 * not read.
 */
export function createCheckedPost({
  isAllowed,
  resolve = (host) => lookup(host, { all: true }),
}: CheckedPostOptions): CheckedPost {
  return async (url, body, headers, signal) => {
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isAllowed(literal)) throw new PrivateAddress();
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      // A connection of its own each time: a kept one may lead to an address of another look-up.
      agent: false,
      lookup: checkedLookup(resolve, isAllowed),
      signal,
    });
    request.end(body);
    // A boundary: the event's only argument, by Node's documentation.
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    response.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers };
  };
}

export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
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
