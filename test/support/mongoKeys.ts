import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { openMongoKeyStore } from '../../src/integrations/mongodb/mongoKeyStore.js';
import type { InstallationKeyStore, RootKey } from '../../src/keyStore/keyStore.js';

/** An instance's key store on a connection of its own, which is closed with it. @param lease milliseconds */
export async function openKeysOn(url: string, rootKey: RootKey, lease = 300): Promise<InstallationKeyStore> {
  const database = openKeyDatabase(url);
  try {
    const store = await openMongoKeyStore({ database, rootKey, mayBegin: async () => true, lease });
    const close = store.close.bind(store);
    return Object.assign(store, {
      async close() {
        await close();
        await database.connection.close();
      },
    });
  } catch (error) {
    await database.connection.close();
    throw error;
  }
}
