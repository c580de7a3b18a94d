import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Identities whose pseudonyms are kept, because an HMAC costs more than the rest of an event's way in. */
const remembered = 100_000;

/**
 * Pseudonyms of identities, and of message ids that hold one: HMAC-SHA-256 of kind and value under the tenant's secret, cut to 128 bits, in 32 hex digits.
 * Irreversible without the installation's secret, and different in every installation and tenant.
 */
export function createPseudonyms(
  secret: Buffer,
): (tenantId: string, kind: 'user' | 'anonymous' | 'message', value: string) => string {
  const secrets = new Map<string, Buffer>();
  const subjects = new LRUCache<string, string>({ max: remembered });

  function secretOf(tenantId: string): Buffer {
    let own = secrets.get(tenantId);
    if (own === undefined) {
      own = createHmac('sha256', secret).update(`pseudonyms/${tenantId}`).digest();
      secrets.set(tenantId, own);
    }
    return own;
  }

  return (tenantId, kind, value) => {
    const key = `${tenantId}/${kind}/${value}`;
    let subject = subjects.get(key);
    if (subject === undefined) {
      const digest = createHmac('sha256', secretOf(tenantId)).update(`${kind}/${value}`).digest();
      subject = digest.toString('hex', 0, 16);
      subjects.set(key, subject);
    }
    return subject;
  };
}
