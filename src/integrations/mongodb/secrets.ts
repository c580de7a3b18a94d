import { randomBytes } from 'node:crypto';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { rewrapByRoot, unwrapByRoot, wrapByRoot } from '../../keyStore/rootWrapping.js';
import { unlessDuplicate } from './failures.js';
import type { KeyDatabase } from './keyDatabase.js';

export const installationSecret = 'installation';

/**
 * 256 bits, of this installation alone and the same for ever: what pseudonyms come from.
 * @param mayBegin asked where there is none
 * @throws KeyStoreUnavailable
 */
export async function openInstallationSecret(
  database: KeyDatabase,
  rootKey: RootKey,
  mayBegin: () => Promise<boolean>,
): Promise<Buffer> {
  const found = await readSecret(database, rootKey, installationSecret);
  if (found !== undefined) return found;
  if (await mayBegin()) return readOrMakeSecret(database, rootKey, installationSecret);
  // Another instance may have begun, and recorded something, just now.
  const begun = await readSecret(database, rootKey, installationSecret);
  if (begun !== undefined) return begun;
  throw new KeyStoreUnavailable(
    'there are events, but the database of keys is empty: restore it from its backup, or correct MONGODB_URL',
  );
}

/** 256 random bits under this name, made where there are none; where several instances do, the first one's stay. */
export async function readOrMakeSecret(
  database: KeyDatabase,
  rootKey: RootKey,
  name: string,
): Promise<Buffer> {
  const { connection, secrets } = database;
  const found = await readSecret(database, rootKey, name);
  if (found !== undefined) return found;
  const made = randomBytes(32);
  const wrapped = await wrapByRoot(rootKey, made);
  made.fill(0);
  await connection.write(() => secrets.insertOne({ _id: name, wrapped })).catch(unlessDuplicate);
  const stored = await readSecret(database, rootKey, name);
  if (stored !== undefined) return stored;
  throw new KeyStoreUnavailable('another instance is making the keys of this installation: try again');
}

/** Wraps all of them anew under the root key's present version. */
export async function rotateSecrets({ connection, secrets }: KeyDatabase, rootKey: RootKey): Promise<void> {
  for (const { _id, wrapped } of await connection.read(() => secrets.find().toArray())) {
    const rewrapped = await rewrapByRoot(rootKey, wrapped);
    // The secret itself never changes, so that whichever of two rotations comes last has it right.
    await connection.write(() => secrets.updateOne({ _id }, { $set: { wrapped: rewrapped } }));
  }
}

async function readSecret(
  { connection, secrets }: KeyDatabase,
  rootKey: RootKey,
  name: string,
): Promise<Buffer | undefined> {
  const stored = await connection.read(() => secrets.findOne({ _id: name }));
  return stored === null ? undefined : unwrapByRoot(rootKey, stored.wrapped);
}
