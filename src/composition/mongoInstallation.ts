import type { Logger } from 'pino';
import type { AccessKeyStore } from '../commands/accessKeys.js';
import type { Configuration } from '../config.js';
import { toHeadKey } from '../integrations/embedded/auditKeyFile.js';
import { toSigningKey } from '../integrations/embedded/signingKey.js';
import { type KeyDatabase, openKeyDatabase } from '../integrations/mongodb/keyDatabase.js';
import { type MongoAccessKeysOptions, openMongoAccessKeys } from '../integrations/mongodb/mongoAccessKeys.js';
import { openMongoErasureLedger } from '../integrations/mongodb/mongoErasureLedger.js';
import { openMongoExportArchive } from '../integrations/mongodb/mongoExportArchive.js';
import { openMongoKeyStore } from '../integrations/mongodb/mongoKeyStore.js';
import { openMongoSigningKey } from '../integrations/mongodb/mongoSigningKeys.js';
import { openMongoUntoldLinks } from '../integrations/mongodb/mongoUntoldLinks.js';
import { type InstallationKeyStore, KeyStoreUnavailable } from '../keyStore/keyStore.js';
import { firstContact } from './firstContact.js';
import type { Installation } from './installation.js';
import { sharedRootKey } from './rootKey.js';

/**
 * Of several instances: in MongoDB, all keys under the root key that each of them is given.
 * @param mayBegin whether nothing is recorded yet; asked where there are no keys
 * @throws KeyStoreUnavailable
 */
export async function openMongoInstallation(
  configuration: Configuration,
  url: string,
  mayBegin: () => Promise<boolean>,
  log: Logger,
): Promise<Installation> {
  const rootKey = await sharedRootKey(configuration);
  const database = openKeyDatabase(url);
  const { connection } = database;
  const ask = () => connection.read(() => connection.database.command({ ping: 1 }));
  try {
    await firstContact('MongoDB with the keys', ask, KeyStoreUnavailable, log);
    const keyStore = await openMongoKeyStore({ database, rootKey, mayBegin });
    return {
      description: `MongoDB, database ${database.name}`,
      keyStore,
      ledger: openMongoErasureLedger(database),
      signingKey: toSigningKey(await openMongoSigningKey(database, rootKey, 'signing')),
      openAuditKey: async () => toHeadKey(await openMongoSigningKey(database, rootKey, 'audit')),
      openExportArchive: () => openMongoExportArchive(database),
      untoldLinks: openMongoUntoldLinks(database, keyStore.secret),
      close: () => closeAll(keyStore, database),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function closeAll(keyStore: InstallationKeyStore, { connection }: KeyDatabase): Promise<void> {
  await keyStore.close();
  await connection.close();
}

/** The access keys alone. @throws KeyStoreUnavailable */
export async function openAccessKeysInMongo(
  url: string,
  options: Omit<MongoAccessKeysOptions, 'database'>,
): Promise<AccessKeyStore> {
  const database = openKeyDatabase(url);
  try {
    const keys = await openMongoAccessKeys({ database, ...options });
    return {
      ...keys,
      async close() {
        await keys.close();
        await database.connection.close();
      },
    };
  } catch (error) {
    await database.connection.close();
    throw error;
  }
}
