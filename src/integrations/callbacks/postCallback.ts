import type { LookupAddress } from 'node:dns';
import { allowedCallback, type CallbackRules } from '../../commands/callbackUrl.js';
import type { PostCallback } from '../../commands/statusCallback.js';
import { createCheckedPost } from './checkedPost.js';
import { isLoopbackAddress, isPublicAddress } from './publicAddress.js';

/** For the whole of a callback: name, connection, answer. Milliseconds. */
const defaultTimeout = 10_000;

export interface PostCallbackOptions {
  readonly rules: CallbackRules;
  readonly timeout?: number;
  /** All addresses of a host. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/** Posts to allow-listed hosts on the public internet; of the answer its status alone is read. */
export function createPostCallback(options: PostCallbackOptions): PostCallback {
  const { rules, timeout = defaultTimeout, resolve } = options;
  const post = createCheckedPost({
    isAllowed: (address) => isPublicAddress(address) || (rules.allowLoopback && isLoopbackAddress(address)),
    ...(resolve !== undefined && { resolve }),
  });

  return async ({ tenantId, url: text, body, headers }) => {
    const url = allowedCallback(rules, tenantId, text);
    if (url === undefined) return { delivered: false, reason: 'callback-not-allowed' };
    try {
      const json = { ...headers, 'content-type': 'application/json' };
      const { status } = await post(url, body, json, AbortSignal.timeout(timeout));
      return status >= 200 && status < 300
        ? { delivered: true }
        : { delivered: false, reason: status >= 300 && status < 400 ? 'redirected' : `http-${status}` };
    } catch (error) {
      return { delivered: false, reason: reasonOf(error) };
    }
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
