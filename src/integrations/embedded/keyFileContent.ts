import { join } from 'node:path';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import type { WrappedPerson } from '../installationContent.js';
import { indexStates } from './keyFileIndex.js';
import { recoverKeys } from './keyFileRecovery.js';
import { decodeSlot } from './keyFileSlot.js';
import { KeyFileSlots } from './keyFileSlots.js';
import { readTenants, type TenantsFile } from './tenantsFile.js';

export interface KeyFileContent {
  readonly tenants: TenantsFile;
  /** Each person once, with all keys, as they stand in the file: nothing is unwrapped. */
  people(): AsyncGenerator<WrappedPerson, undefined>;
  close(): Promise<void>;
}

/**
 * The folder of keys, to be carried elsewhere. The caller keeps everybody else away from it.
 * @throws KeyStoreUnavailable where something of it is missing or damaged
 */
export async function openKeyFileContent(folder: string): Promise<KeyFileContent> {
  const tenants = readTenants(join(folder, 'tenants.json'));
  if (tenants === undefined) throw new KeyStoreUnavailable('the file of tenant keys is missing');
  const slots = await KeyFileSlots.open(join(folder, 'keys.slots'));
  try {
    const { index, unreadable } = await recoverKeys(slots);
    if (unreadable > 0) throw damaged();
    const personOf = (newest: number): WrappedPerson => {
      const records = index.chain(newest).map((slot) => decodeSlot(slots.read(slot)));
      const [last] = records;
      const tenantId = tenants.tenants[(last?.tenant ?? 0) - 1]?.tenantId;
      if (last === undefined || tenantId === undefined) throw damaged();
      const { subject, time } = last;
      if (index.state(newest) === indexStates.destroyed)
        return { tenantId, subject, destroyedAt: time, keys: [] };
      const keys = records.reverse().map(({ version, tenantKeyVersion, wrapped }) => {
        return { version, tenantKeyVersion, wrapped: wrapped.toString('base64') };
      });
      return { tenantId, subject, destroyedAt: null, keys };
    };
    return {
      tenants,
      async *people() {
        for (let slot = 1; slot <= slots.count; slot++) {
          const state = index.state(slot);
          if (state === indexStates.damaged) throw damaged();
          if (state !== indexStates.none && index.newestOf(slot) === slot) yield personOf(slot);
        }
        return undefined;
      },
      close: () => slots.close(),
    };
  } catch (error) {
    await slots.close();
    throw error;
  }
}

function damaged(): KeyStoreUnavailable {
  return new KeyStoreUnavailable(
    'the file of data keys is damaged: restore the folder of keys from its backup',
  );
}
