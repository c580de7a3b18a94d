import t from 'tap';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { documentStoreContract } from './documentStore.js';

if (noMongoServer !== false) {
  t.pass('skipped', { skip: noMongoServer });
} else {
  const url = await mongoDatabase(t);
  await documentStoreContract(t, async () => {
    let store = openMongoDocumentStore({ url, now: Date.now });
    return {
      store,
      async reopen() {
        await store.close();
        store = openMongoDocumentStore({ url, now: Date.now });
        return store;
      },
      close: () => store.close(),
    };
  });
}
