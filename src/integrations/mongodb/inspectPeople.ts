import { type KeyFindings, KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { unwrapped } from './dataKeys.js';
import { ownerOf } from './keyDatabase.js';
import type { StoredPeople } from './storedPeople.js';
import type { MongoTenantKeys } from './tenantKeys.js';

/** Reads every record and unwraps every key. */
export async function inspectPeople(people: StoredPeople, tenants: MongoTenantKeys): Promise<KeyFindings> {
  const ids = new Set(await tenants.ids());
  const counts = { subjects: 0, activeKeys: 0, destroyedKeys: 0, notFitting: 0, withoutTenant: 0 };
  for await (const page of people.pages({})) {
    for (const { _id, destroyedAt, keys } of page) {
      const { tenantId, subject } = ownerOf(_id);
      counts.subjects += 1;
      if (destroyedAt !== null) counts.destroyedKeys += 1;
      else if (!ids.has(tenantId)) counts.withoutTenant += 1;
      else {
        for (const key of keys) {
          const tenant = await tenants.having(tenantId, key.tenantKeyVersion);
          counts[fits(() => unwrapped(key, subject, tenant)) ? 'activeKeys' : 'notFitting'] += 1;
        }
      }
    }
  }
  const { subjects, activeKeys, destroyedKeys, notFitting, withoutTenant } = counts;
  const problems = [
    [notFitting, 'data keys do not fit their tenant key'],
    [withoutTenant, 'people are of a tenant that has no key'],
  ] as const;
  return {
    tenants: ids.size,
    subjects,
    activeKeys,
    destroyedKeys,
    problems: problems.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  };
}

function fits(unwrap: () => Buffer): boolean {
  try {
    unwrap().fill(0);
    return true;
  } catch (error) {
    if (error instanceof KeyStoreUnavailable) return false;
    throw error;
  }
}
