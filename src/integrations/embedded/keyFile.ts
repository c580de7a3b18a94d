import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstallationKeyStore, KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { recoverKeys } from './keyFileRecovery.js';
import { KeyFileSlots } from './keyFileSlots.js';
import { KeyFileStore } from './keyFileStore.js';
import { KeyFileTenants } from './keyFileTenants.js';

export interface KeyFileOptions {
  /** A folder of its own, so that its backups can be kept shorter than those of the events. */
  readonly folder: string;
  readonly rootKey: RootKey;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /**
   * The installation's secret where the folder holds none yet; undefined refuses such a folder, because there is something
   * recorded that its keys belong to. Random where not given.
   */
  readonly initialSecret?: (() => Buffer) | undefined;
}

export interface EmbeddedKeyStore extends InstallationKeyStore {
  /** Bytes that the index of people takes in memory. */
  readonly indexBytes: number;
}

/**
 * Keys in two files: `keys.slots`, a record for each data key, and `tenants.json`. The caller keeps other processes away.
 * @throws KeyStoreUnavailable where a file is missing or damaged, or the root key is the wrong one or cannot be reached
 */
export async function openKeyStore(options: KeyFileOptions): Promise<EmbeddedKeyStore> {
  const { folder, rootKey, clock } = options;
  const initialSecret = 'initialSecret' in options ? options.initialSecret : () => randomBytes(32);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const slotPath = join(folder, 'keys.slots');
  const tenantPath = join(folder, 'tenants.json');
  if (existsSync(tenantPath) && !existsSync(slotPath)) {
    throw new KeyStoreUnavailable(
      'the file of data keys is missing: restore the folder of keys from its backup',
    );
  }
  const slots = await KeyFileSlots.open(slotPath);
  try {
    const recovered = await recoverKeys(slots);
    const isNew = slots.count === 0 ? initialSecret : undefined;
    const tenants = await KeyFileTenants.open(tenantPath, rootKey, isNew);
    if (recovered.largestTenant > tenants.count) {
      throw new KeyStoreUnavailable(
        'the file of tenant keys is older than the file of data keys: restore both of one backup',
      );
    }
    return new KeyFileStore(slots, tenants, recovered, clock);
  } catch (error) {
    await slots.close();
    throw error;
  }
}
