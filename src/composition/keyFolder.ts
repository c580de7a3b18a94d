import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../config.js';
import { type EmbeddedKeyStore, openKeyStore } from '../integrations/embedded/keyFile.js';
import { localRootKey, withPreviousRootKey } from '../integrations/embedded/localRootKey.js';
import { fitsFingerprint, readOrCreateRootKey } from '../integrations/embedded/rootKey.js';
import type { RootKey } from '../keyStore/keyStore.js';

/**
 * Opens the folder of keys. The data folder must be locked.
 * @throws KeyStoreUnavailable
 */
export async function openKeyFolder(configuration: Configuration): Promise<EmbeddedKeyStore> {
  const { dataFolder } = configuration;
  const isInUse = existsSync(join(dataFolder, 'events'));
  const previous = fromHex(configuration.previousRootKey);
  const own = await readRootKey(configuration, isInUse);
  const fingerprint = join(dataFolder, 'root.fingerprint');
  const isOlder = existsSync(fingerprint);
  const older = isOlder ? await keyOfFingerprint(fingerprint, [own, previous]) : undefined;
  const keyStore = await openKeyStore({
    folder: join(dataFolder, 'keys'),
    rootKey: rootKeyOf(own, previous),
    clock: Date.now,
    initialSecret: initialSecretOf(isInUse, older),
  });
  // From here on the folder of keys tells whether a root key is the right one.
  if (isOlder) await rm(fingerprint);
  return keyStore;
}

function rootKeyOf(own: Buffer, previous: Buffer | undefined): RootKey {
  const current = localRootKey(own);
  return previous === undefined ? current : withPreviousRootKey(current, localRootKey(previous));
}

/** Where there is something recorded, its secret is never made anew: nobody would be found again. */
function initialSecretOf(isInUse: boolean, older: Buffer | undefined): (() => Buffer) | undefined {
  if (older !== undefined) return () => older;
  return isInUse ? undefined : () => randomBytes(32);
}

async function readRootKey(
  { dataFolder, rootKey, rootKeyFile }: Configuration,
  isInUse: boolean,
): Promise<Buffer> {
  return fromHex(rootKey) ?? readOrCreateRootKey(rootKeyFile ?? join(dataFolder, 'root.key'), isInUse);
}

/** Data that was recorded before there was a folder of keys took its pseudonyms from the root key itself. */
async function keyOfFingerprint(file: string, keys: readonly (Buffer | undefined)[]): Promise<Buffer> {
  for (const key of keys) {
    if (key !== undefined && (await fitsFingerprint(file, key))) return key;
  }
  throw new Error('The data folder was recorded under another root key: give the one it was made with');
}

function fromHex(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'hex');
}
