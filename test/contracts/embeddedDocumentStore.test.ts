import t from 'tap';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { testFolder } from '../support/testFolder.js';
import { documentStoreContract } from './documentStore.js';

await documentStoreContract(t, async (t) => {
  const folder = testFolder(t);
  let store = openEmbeddedDocumentStore({ folder });
  return {
    store,
    async reopen() {
      await store.close();
      store = openEmbeddedDocumentStore({ folder });
      return store;
    },
    close: () => store.close(),
  };
});
