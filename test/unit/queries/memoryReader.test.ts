import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Document, DocumentQuery, Where } from '../../../src/documentStore/documentStore.js';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import { memoryReader } from '../../../src/queries/memoryReader.js';
import { testFolder } from '../../support/testFolder.js';

interface Entry extends Document {
  readonly group: string;
  readonly at: number | null;
  readonly open: boolean;
}

const entry = fc.record(
  {
    id: fc.stringMatching(/^[a-e]{1,3}$/),
    group: fc.constantFrom('x', 'y', 'z'),
    at: fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }),
    open: fc.boolean(),
  },
  { noNullPrototype: true },
);
const bound = fc.integer({ min: 0, max: 9 });
const where: fc.Arbitrary<Where> = fc.record(
  {
    group: fc.oneof(
      fc.constantFrom('x', 'y'),
      fc.record({ in: fc.subarray(['x', 'y', 'z'], { minLength: 1 }) }),
    ),
    open: fc.boolean(),
    at: fc.oneof(fc.record({ gte: bound, lt: bound }), fc.record({ gt: bound }), fc.record({ lte: bound })),
  },
  { requiredKeys: ['group'] },
);

t.test('a fold in memory answers every query as the store does, page by page', async (t) => {
  const store = openEmbeddedDocumentStore({ folder: testFolder(t) });
  t.teardown(() => store.close());
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { selector: ({ id }) => id, maxLength: 20 }),
      where,
      fc.constantFrom('asc' as const, 'desc' as const),
      fc.integer({ min: 1, max: 5 }),
      async (documents: readonly Entry[], where, direction, limit) => {
        run += 1;
        const collection = `entries${run}`;
        await store.define([{ name: collection, indexes: [['group', 'at'], ['at']] }]);
        await store.commit({ puts: documents.map((document) => ({ collection, document })) });
        const memory = memoryReader(
          new Map([[collection, new Map(documents.map((document) => [document.id, document]))]]),
        );
        let query: DocumentQuery = { where, sort: { field: 'at', direction }, limit };
        for (;;) {
          const stored = await store.find<Entry>(collection, query);
          const folded = await memory.find<Entry>(collection, query);
          deepEqual(folded.documents, stored.documents);
          deepEqual(folded.next, stored.next);
          if (stored.next === undefined) break;
          query = { ...query, after: stored.next };
        }
        equal(await memory.count(collection, where), await store.count(collection, where));
        await store.drop(collection);
      },
    ),
    { numRuns: 60 },
  );
});
