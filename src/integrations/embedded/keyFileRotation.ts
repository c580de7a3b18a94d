import { setImmediate as turn } from 'node:timers/promises';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { dataKeyContext, unwrapKey, wrapKey } from '../../keyStore/keyWrapping.js';
import { decodeSlot, encodeSlot, isWhole, type Slot, slotStates } from './keyFileSlot.js';
import type { KeyFileSlots } from './keyFileSlots.js';
import type { Tenant } from './keyFileTenants.js';

/** Records between two turns of the event loop, so that requests are served meanwhile. */
const batch = 500;

/**
 * Wraps all data keys of a tenant by its latest key, each in its place. What is read and what is put in its place are one
 * step, so that no key comes back that is destroyed meanwhile. A run that was cut short is taken up by running it again.
 * @throws KeyStoreUnavailable after the rest, where keys could not be unwrapped
 */
export async function rewrapTenant(
  slots: KeyFileSlots,
  tenant: Tenant,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  // What was wrapped by the older key is then among the slots that are counted.
  await slots.committed();
  const total = slots.count;
  let damaged = 0;
  for (let slot = 1; slot <= total; slot++) {
    const bytes = slots.read(slot);
    if (!isWhole(bytes)) continue;
    const record = decodeSlot(bytes);
    const isDue =
      record.tenant === tenant.number &&
      record.state === slotStates.active &&
      record.tenantKeyVersion !== tenant.version;
    if (isDue) {
      const rewrapped = rewrap(record, tenant);
      if (rewrapped === undefined) damaged += 1;
      else slots.put(slot, encodeSlot(rewrapped));
    }
    if (slot % batch === 0) {
      await slots.committed();
      onProgress(slot, total);
      await turn();
    }
  }
  await slots.committed();
  onProgress(total, total);
  if (damaged === 0) return;
  throw new KeyStoreUnavailable(
    `${damaged} data keys do not fit their tenant key, whose older version therefore stays: restore the folder of keys from its backup`,
  );
}

function rewrap(record: Slot & { readonly wrapped: Buffer }, tenant: Tenant): Slot | undefined {
  const key = unwrapRecord(record, tenant);
  const wrapping = tenant.keys.get(tenant.version);
  if (key === undefined || wrapping === undefined) return undefined;
  const context = dataKeyContext(tenant.tenantId, record.subject, record.version, tenant.version);
  const wrapped = wrapKey(wrapping, key, context);
  key.fill(0);
  return { ...record, tenantKeyVersion: tenant.version, wrapped };
}

/** The data key's bytes, for the caller to overwrite; undefined where no key of the tenant opens the record. */
export function unwrapRecord(
  record: Slot & { readonly wrapped: Buffer },
  { tenantId, keys }: Tenant,
): Buffer | undefined {
  const { subject, version, tenantKeyVersion, wrapped } = record;
  const wrapping = keys.get(tenantKeyVersion);
  return (
    wrapping && unwrapKey(wrapping, wrapped, dataKeyContext(tenantId, subject, version, tenantKeyVersion))
  );
}
