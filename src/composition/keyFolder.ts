import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { KeyRotation } from '../cli/rotateKeysCommand.js';
import type { Configuration } from '../config.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { type EmbeddedKeyStore, openKeyStore } from '../integrations/embedded/keyFile.js';
import { createPseudonyms } from '../integrations/embedded/pseudonyms.js';
import { fitsFingerprint } from '../integrations/embedded/rootKey.js';
import type { InstallationKeyStore } from '../keyStore/keyStore.js';
import { folderRootKey } from './rootKey.js';

/**
 * Opens the folder of keys. The data folder must be locked.
 * @throws KeyStoreUnavailable
 */
export async function openKeyFolder(configuration: Configuration): Promise<EmbeddedKeyStore> {
  const { dataFolder } = configuration;
  const isInUse = ['events', 'keys/tenants.json'].some((path) => existsSync(join(dataFolder, path)));
  const { rootKey, localKeys } = await folderRootKey(configuration, isInUse);
  const fingerprint = join(dataFolder, 'root.fingerprint');
  const isOlder = existsSync(fingerprint);
  const older = isOlder ? await keyOfFingerprint(fingerprint, localKeys) : undefined;
  const keyStore = await openKeyStore({
    folder: join(dataFolder, 'keys'),
    rootKey,
    clock: Date.now,
    initialSecret: initialSecretOf(isInUse, older),
  });
  // From here on the folder of keys tells whether a root key is the right one.
  if (isOlder) await rm(fingerprint);
  return keyStore;
}

/** Where there is something recorded, its secret is never made anew: nobody would be found again. */
function initialSecretOf(isInUse: boolean, older: Buffer | undefined): (() => Buffer) | undefined {
  if (older !== undefined) return () => older;
  return isInUse ? undefined : () => randomBytes(32);
}

/**
 * The keys alone, for work on them without a server; in MongoDB also while servers run.
 * @throws FolderInUse, KeyStoreUnavailable
 */
export async function openKeyRotation(configuration: Configuration): Promise<KeyRotation> {
  const { keyStore, close } = await openKeysAlone(configuration);
  return { keyStore, subjectOf: createPseudonyms(keyStore.secret), close };
}

async function openKeysAlone(
  configuration: Configuration,
): Promise<{ readonly keyStore: InstallationKeyStore; close(): Promise<void> }> {
  const { dataFolder, keysUrl } = configuration;
  if (keysUrl !== undefined) {
    const { openKeysInMongo } = await import('./mongoKeys.js');
    return openKeysInMongo(configuration, keysUrl);
  }
  if (!existsSync(join(dataFolder, 'events'))) {
    throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
  }
  const lock = await lockFolder(dataFolder);
  try {
    const keyStore = await openKeyFolder(configuration);
    return {
      keyStore,
      async close() {
        await keyStore.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Data that was recorded before there was a folder of keys took its pseudonyms from the root key itself. */
async function keyOfFingerprint(file: string, keys: readonly (Buffer | undefined)[]): Promise<Buffer> {
  for (const key of keys) {
    if (key !== undefined && (await fitsFingerprint(file, key))) return key;
  }
  throw new Error('The data folder was recorded under another root key: give the one it was made with');
}
