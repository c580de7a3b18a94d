import t from 'tap';
import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { documentStoreContract } from './documentStore.js';

if (noMongoServer !== false) {
  t.pass('skipped', { skip: noMongoServer });
} else {
  const url = await mongoDatabase(t);
  const open = () => openMongoDocumentStore({ url, now: Date.now });
  await documentStoreContract(
    t,
    async () => {
      let store = open();
      return {
        store,
        async reopen() {
          await store.close();
          store = open();
          return store;
        },
        close: () => store.close(),
      };
    },
    // FerretDB looks at every document for each update.
    120,
  );
}
