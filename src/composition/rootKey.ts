import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration, VaultConfiguration } from '../config.js';
import { localRootKey, withPreviousRootKey } from '../integrations/embedded/localRootKey.js';
import { readOrCreateRootKey, readRootKey } from '../integrations/embedded/rootKey.js';
import { vaultRootKey } from '../integrations/vault/vaultRootKey.js';
import { KeyStoreUnavailable, type RootKey } from '../keyStore/keyStore.js';

/** The root key with the one before it, for the time of a rotation. `own` and `previous`: where they are local. */
export interface LocalAndRootKey {
  readonly rootKey: RootKey;
  readonly own: Buffer | undefined;
  readonly previous: Buffer | undefined;
}

/** Of an installation of one instance: made in its folder on the first start where none is given. */
export async function folderRootKey(
  configuration: Configuration,
  isInUse: boolean,
): Promise<LocalAndRootKey> {
  const { dataFolder, rootKeyFile, vault } = configuration;
  const own =
    vault === undefined
      ? (fromHex(configuration.rootKey) ??
        (await readOrCreateRootKey(rootKeyFile ?? join(dataFolder, 'root.key'), isInUse)))
      : undefined;
  const previous = fromHex(configuration.previousRootKey);
  return { rootKey: combined(configuration, own, previous), own, previous };
}

/** Of an installation of several instances: the same for all, and never made. @throws KeyStoreUnavailable */
export async function sharedRootKey(configuration: Configuration): Promise<RootKey> {
  const { rootKey, rootKeyFile } = configuration;
  const own = fromHex(rootKey) ?? (rootKeyFile === undefined ? undefined : await readRootKey(rootKeyFile));
  return combined(configuration, own, fromHex(configuration.previousRootKey));
}

function combined({ vault }: Configuration, own: Buffer | undefined, previous: Buffer | undefined): RootKey {
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

function fromHex(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'hex');
}
