import type { KeyFindings } from '../../keyStore/keyStore.js';
import type { RecoveredKeys } from './keyFileRecovery.js';
import { unwrapRecord } from './keyFileRotation.js';
import { decodeSlot, isWhole, slotBytes, slotStates } from './keyFileSlot.js';
import type { KeyFileSlots } from './keyFileSlots.js';
import type { KeyFileTenants, Tenant } from './keyFileTenants.js';

const slotsInPage = 4096;

/** Reads every record and unwraps every key. */
export async function inspectKeys(
  slots: KeyFileSlots,
  tenants: KeyFileTenants,
  { index, unreadable }: RecoveredKeys,
): Promise<KeyFindings> {
  const byNumber = new Map<number, Tenant>();
  for (const tenantId of tenants.tenantIds()) {
    await tenants.ready(tenantId);
    byNumber.set(tenants.numberOf(tenantId), tenants.get(tenantId));
  }
  const counts = { activeKeys: 0, destroyedKeys: 0, holes: 0, damaged: 0, notFitting: 0 };
  for await (const { bytes } of slots.pages(slotsInPage)) {
    for (let start = 0; start < bytes.length; start += slotBytes) {
      const record = bytes.subarray(start, start + slotBytes);
      counts[kindOf(record, byNumber)] += 1;
    }
  }
  const { activeKeys, destroyedKeys, damaged, notFitting } = counts;
  const problems = [
    [damaged, 'records are damaged'],
    [unreadable, 'of the damaged records do not tell whose they are: nobody new can be given a key'],
    [notFitting, 'data keys do not fit their tenant key'],
  ] as const;
  return {
    tenants: tenants.count,
    subjects: index.subjects,
    activeKeys,
    destroyedKeys,
    problems: problems.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  };
}

function kindOf(bytes: Buffer, tenants: ReadonlyMap<number, Tenant>) {
  if (!isWhole(bytes)) return 'damaged';
  const record = decodeSlot(bytes);
  if (record.state === slotStates.hole) return 'holes';
  if (record.state === slotStates.destroyed) return 'destroyedKeys';
  const tenant = tenants.get(record.tenant);
  const key = tenant && unwrapRecord(record, tenant);
  if (key === undefined) return 'notFitting';
  key.fill(0);
  return 'activeKeys';
}
