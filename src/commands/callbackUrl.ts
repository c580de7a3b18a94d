import { findPersonal } from '../domain/privacy/detection.js';

/** The hosts of a tenant that may be called back, and whether plain HTTP to this machine is allowed, for tests alone. */
export interface CallbackRules {
  /** Of a tenant: `host` for port 443, or `host:port`, in lower case. */
  hostsOf(tenantId: string): readonly string[];
  readonly allowLoopback: boolean;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * The address where it may be called back, else undefined: https, on a host of the tenant's list, without credentials,
 * query and fragment, in which something personal would stay on record, and without a personal value in its path.
 */
export function allowedCallback(rules: CallbackRules, tenantId: string, text: string): URL | undefined {
  // The parser would drop line breaks and spaces: what is stored is what was checked.
  if (/[^!-~]|[?#]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isTest = rules.allowLoopback && url.protocol === 'http:' && loopback.has(url.hostname);
  if ((url.protocol !== 'https:' && !isTest) || url.username !== '' || url.password !== '') return undefined;
  if (holdsPersonal(url.pathname)) return undefined;
  return rules.hostsOf(tenantId).includes(url.host) ? url : undefined;
}

function holdsPersonal(path: string): boolean {
  try {
    return findPersonal(path).length > 0 || findPersonal(decodeURIComponent(path)).length > 0;
  } catch {
    // What cannot be decoded cannot be examined.
    return true;
  }
}
