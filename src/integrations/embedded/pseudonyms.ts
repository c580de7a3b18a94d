import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { createHmacSha256 } from './hmacSha256.js';

/** Identities whose pseudonyms are kept. A message's id is asked for once, and would only push them out. */
const remembered = 100_000;

/**
 * Pseudonyms of identities, and of message ids that hold one: HMAC-SHA-256 of kind and value under the tenant's secret, cut to 128 bits, in 32 hex digits.
 * Irreversible without the installation's secret, and different in every installation and tenant.
 */
export function createPseudonyms(
  secret: Buffer,
): (tenantId: string, kind: 'user' | 'anonymous' | 'message', value: string) => string {
  const tenants = new Map<string, (text: string) => string>();
  // Not `max`, with which the library makes room for all of them at once: 10 ms at every start.
  const subjects = new LRUCache<string, string>({ maxSize: remembered, sizeCalculation: () => 1 });

  function digestOf(tenantId: string, text: string): string {
    let ofTenant = tenants.get(tenantId);
    if (ofTenant === undefined) {
      ofTenant = createHmacSha256(createHmac('sha256', secret).update(`pseudonyms/${tenantId}`).digest());
      tenants.set(tenantId, ofTenant);
    }
    return ofTenant(text).slice(0, 32);
  }

  return (tenantId, kind, value) => {
    if (kind === 'message') return digestOf(tenantId, `message/${value}`);
    const key = `${tenantId}/${kind}/${value}`;
    let subject = subjects.get(key);
    if (subject === undefined) {
      subject = digestOf(tenantId, `${kind}/${value}`);
      subjects.set(key, subject);
    }
    return subject;
  };
}
