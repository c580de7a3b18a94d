import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { KeyRotation } from '../cli/rotateKeysCommand.js';
import type { Configuration, VaultConfiguration } from '../config.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { type EmbeddedKeyStore, openKeyStore } from '../integrations/embedded/keyFile.js';
import { localRootKey, withPreviousRootKey } from '../integrations/embedded/localRootKey.js';
import { createPseudonyms } from '../integrations/embedded/pseudonyms.js';
import { fitsFingerprint, readOrCreateRootKey } from '../integrations/embedded/rootKey.js';
import { vaultRootKey } from '../integrations/vault/vaultRootKey.js';
import { KeyStoreUnavailable, type RootKey } from '../keyStore/keyStore.js';

/**
 * Opens the folder of keys. The data folder must be locked.
 * @throws KeyStoreUnavailable
 */
export async function openKeyFolder(configuration: Configuration): Promise<EmbeddedKeyStore> {
  const { dataFolder } = configuration;
  const isInUse = ['events', 'keys/tenants.json'].some((path) => existsSync(join(dataFolder, path)));
  const previous = fromHex(configuration.previousRootKey);
  const own = await readRootKey(configuration, isInUse);
  const fingerprint = join(dataFolder, 'root.fingerprint');
  const isOlder = existsSync(fingerprint);
  const older = isOlder ? await keyOfFingerprint(fingerprint, [own, previous]) : undefined;
  const keyStore = await openKeyStore({
    folder: join(dataFolder, 'keys'),
    rootKey: rootKeyOf(configuration, own, previous),
    clock: Date.now,
    initialSecret: initialSecretOf(isInUse, older),
  });
  // From here on the folder of keys tells whether a root key is the right one.
  if (isOlder) await rm(fingerprint);
  return keyStore;
}

function rootKeyOf({ vault }: Configuration, own: Buffer | undefined, previous: Buffer | undefined): RootKey {
  const current = vault === undefined ? own && localRootKey(own) : rootKeyInVault(vault);
  if (current === undefined) throw new KeyStoreUnavailable('there is no root key');
  return previous === undefined ? current : withPreviousRootKey(current, localRootKey(previous));
}

function rootKeyInVault({ token, tokenFile, ...vault }: VaultConfiguration): RootKey {
  return vaultRootKey({
    ...vault,
    token: async () => token ?? (await readToken(tokenFile ?? '')),
    now: Date.now,
  });
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.trim() !== '') return text.trim();
  throw new KeyStoreUnavailable('the file that VAULT_TOKEN_FILE names holds no token');
}

/** Where there is something recorded, its secret is never made anew: nobody would be found again. */
function initialSecretOf(isInUse: boolean, older: Buffer | undefined): (() => Buffer) | undefined {
  if (older !== undefined) return () => older;
  return isInUse ? undefined : () => randomBytes(32);
}

async function readRootKey(
  { dataFolder, rootKey, rootKeyFile, vault }: Configuration,
  isInUse: boolean,
): Promise<Buffer | undefined> {
  if (vault !== undefined) return undefined;
  return fromHex(rootKey) ?? readOrCreateRootKey(rootKeyFile ?? join(dataFolder, 'root.key'), isInUse);
}

/**
 * The keys alone, for work on them without a server.
 * @throws FolderInUse, KeyStoreUnavailable
 */
export async function openKeyRotation(configuration: Configuration): Promise<KeyRotation> {
  const { dataFolder } = configuration;
  if (!existsSync(join(dataFolder, 'events'))) {
    throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
  }
  const lock = await lockFolder(dataFolder);
  try {
    const keyStore = await openKeyFolder(configuration);
    return {
      keyStore,
      subjectOf: createPseudonyms(keyStore.secret),
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

function fromHex(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'hex');
}
