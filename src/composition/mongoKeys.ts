import type { Configuration } from '../config.js';
import { openKeyDatabase } from '../integrations/mongodb/keyDatabase.js';
import { openMongoKeyStore } from '../integrations/mongodb/mongoKeyStore.js';
import { sharedRootKey } from './rootKey.js';

/** The keys of people and tenants alone. @throws KeyStoreUnavailable */
export async function openKeysInMongo(configuration: Configuration, url: string) {
  const rootKey = await sharedRootKey(configuration);
  const database = openKeyDatabase(url);
  try {
    const keyStore = await openMongoKeyStore({ database, rootKey, mayBegin: async () => false });
    return {
      keyStore,
      async close() {
        await keyStore.close();
        await database.connection.close();
      },
    };
  } catch (error) {
    await database.connection.close();
    throw error;
  }
}
