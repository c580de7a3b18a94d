import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration, VaultConfiguration } from '../config.js';
import { localRootKey, withPreviousRootKey } from '../integrations/embedded/localRootKey.js';
import { readOrCreateRootKey, rootKeyInFile } from '../integrations/embedded/rootKey.js';
import { vaultRootKey } from '../integrations/vault/vaultRootKey.js';
import { KeyStoreUnavailable, type RootKey } from '../keyStore/keyStore.js';

/** The root key, and what local keys are known at the start. */
export interface LocalAndRootKey {
  readonly rootKey: RootKey;
  /** The present one and those before it. */
  readonly localKeys: readonly (Buffer | undefined)[];
}

/** Of an installation of one instance: made in its folder on the first start where none is given. */
export async function folderRootKey(
  configuration: Configuration,
  isInUse: boolean,
): Promise<LocalAndRootKey> {
  const { dataFolder, rootKey, rootKeyFile, vault } = configuration;
  const given = [fromHex(rootKey), fromHex(configuration.previousRootKey)];
  if (vault !== undefined || rootKey !== undefined) {
    return { rootKey: await sharedRootKey(configuration), localKeys: given };
  }
  const file = rootKeyFile ?? join(dataFolder, 'root.key');
  const { own, previous } = await readOrCreateRootKey(file, isInUse);
  return { rootKey: combined(configuration, rootKeyInFile(file)), localKeys: [own, previous, ...given] };
}

/** Of an installation of several instances: the same for all, and never made. @throws KeyStoreUnavailable */
export async function sharedRootKey(configuration: Configuration): Promise<RootKey> {
  const { rootKey, rootKeyFile, vault } = configuration;
  if (vault !== undefined) return combined(configuration, rootKeyInVault(vault));
  const own = fromHex(rootKey);
  if (own !== undefined) return combined(configuration, localRootKey(own));
  if (rootKeyFile === undefined) throw new KeyStoreUnavailable('there is no root key');
  return combined(configuration, rootKeyInFile(rootKeyFile));
}

/** With the previous one, for the time of a rotation. */
function combined({ previousRootKey }: Configuration, current: RootKey): RootKey {
  const previous = fromHex(previousRootKey);
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
