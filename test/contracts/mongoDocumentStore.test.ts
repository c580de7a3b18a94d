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

  t.test('instances that start at once define the same collections', async (t) => {
    const stores = [1, 2, 3].map(open);
    t.teardown(() => Promise.all(stores.map((store) => store.close())));
    const collections = Array.from({ length: 10 }, (_, n) => ({
      name: `at-once-${n}`,
      indexes: [['one'], ['one', 'two'], ['two', 'three']],
    }));
    await Promise.all(stores.map((store) => store.define(collections)));
    for (const [n, store] of stores.entries()) {
      const document = { id: 'a', one: n, two: 2 };
      await store.commit({ puts: collections.map(({ name: collection }) => ({ collection, document })) });
      for (const { name } of collections)
        t.strictSame((await store.find(name, { where: { one: n }, limit: 2 })).documents, [document]);
    }
  });
}
