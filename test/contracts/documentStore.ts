import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Test } from 'tap';
import type {
  CollectionDefinition,
  Document,
  DocumentCursor,
  DocumentPage,
  DocumentQuery,
  DocumentStore,
  IndexDefinition,
  Where,
} from '../../src/documentStore/documentStore.js';
import {
  DocumentModel,
  documentArbitrary,
  idArbitrary,
  modelIndexes,
  queryArbitrary,
} from './documentStoreModel.js';

export interface DocumentStoreUnderTest {
  readonly store: DocumentStore;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<DocumentStore>;
  close(): Promise<void>;
}

/** What every document store does. Runs on shared servers too: collections have names of their own and are dropped. */
export async function documentStoreContract(
  t: Test,
  open: (t: Test) => Promise<DocumentStoreUnderTest>,
  /** Enough that they are read and written in more than one portion. */
  manyDocuments = 700,
): Promise<void> {
  const inStore = (name: string, test: (t: Test, context: Context) => Promise<void>) =>
    t.test(name, async (t) => {
      const context = new Context(await open(t));
      t.teardown(() => context.close());
      await test(t, context);
    });

  await inStore('a document is put, replaced and deleted', async (t, context) => {
    const people = await context.define([['age']]);
    t.equal(await context.store.get(people, 'a'), undefined);
    await context.put(people, { id: 'a', age: 1 });
    t.strictSame(await context.store.get(people, 'a'), { id: 'a', age: 1 });
    await context.put(people, { id: 'a', name: 'x' });
    t.strictSame(await context.store.get(people, 'a'), { id: 'a', name: 'x' });
    await context.store.commit({
      deletes: [
        { collection: people, id: 'a' },
        { collection: people, id: 'missing' },
      ],
    });
    t.equal(await context.store.get(people, 'a'), undefined);
    t.equal(await context.store.count(people), 0);
  });

  await inStore('getMany answers in the order asked', async (t, context) => {
    const people = await context.define([]);
    await context.put(people, { id: 'a' }, { id: 'b' });
    t.strictSame(await context.store.getMany(people, ['b', 'x', 'a', 'b']), [
      { id: 'b' },
      undefined,
      { id: 'a' },
      { id: 'b' },
    ]);
    t.strictSame(await context.store.getMany(people, []), []);
  });

  await inStore('documents handed out belong to the caller', async (t, context) => {
    const people = await context.define([]);
    const given = { id: 'a', list: [1] };
    await context.put(people, given);
    given.list.push(2);
    const read = await context.store.get<Document & { list: number[] }>(people, 'a');
    read?.list.push(3);
    t.strictSame(await context.store.get(people, 'a'), { id: 'a', list: [1] });
  });

  await inStore('a commit over collections with its checkpoint is seen as a whole', async (t, context) => {
    const people = await context.define([]);
    const places = await context.define([]);
    const checkpoint = `checkpoint-${randomUUID()}`;
    t.equal(await context.store.getCheckpoint(checkpoint), undefined);
    await context.store.commit({
      puts: [
        { collection: people, document: { id: 'a' } },
        { collection: places, document: { id: 'p' } },
      ],
      checkpoint: { name: checkpoint, value: '12/13' },
    });
    t.strictSame(await context.store.get(people, 'a'), { id: 'a' });
    t.strictSame(await context.store.get(places, 'p'), { id: 'p' });
    t.equal(await context.store.getCheckpoint(checkpoint), '12/13');
    await context.store.commit({ checkpoint: { name: checkpoint, value: '14' } });
    t.equal(await context.store.getCheckpoint(checkpoint), '14');
    await context.store.commit({});
  });

  await inStore('a commit that cannot be made leaves nothing behind', async (t, context) => {
    const people = await context.define([]);
    const circular: Document & { self?: unknown } = { id: 'b' };
    circular.self = circular;
    const checkpoint = `checkpoint-${randomUUID()}`;
    await t.rejects(
      context.store.commit({
        puts: [{ id: 'a' }, circular].map((document) => ({ collection: people, document })),
        checkpoint: { name: checkpoint, value: '1' },
      }),
    );
    t.equal(await context.store.get(people, 'a'), undefined);
    t.equal(await context.store.getCheckpoint(checkpoint), undefined);
  });

  await inStore('in one commit the later put wins, and deletes come last', async (t, context) => {
    const people = await context.define([['age']]);
    await context.store.commit({
      puts: [
        { id: 'a', age: 1 },
        { id: 'a', age: 2 },
        { id: 'b', age: 3 },
      ].map((document) => ({ collection: people, document })),
      deletes: [{ collection: people, id: 'b' }],
    });
    const { documents } = await context.store.find(people, {
      sort: { field: 'age', direction: 'asc' },
      limit: 9,
    });
    t.strictSame(documents, [{ id: 'a', age: 2 }]);
  });

  await inStore('commits to one collection at the same time keep its indexes right', async (t, context) => {
    const people = await context.define([['age']]);
    await Promise.all(
      Array.from({ length: 20 }, (_, age) => context.put(people, { id: 'a', age }, { id: `b${age}`, age })),
    );
    const { documents } = await context.store.find<Document & { age: number }>(people, {
      sort: { field: 'age', direction: 'asc' },
      limit: 100,
    });
    t.equal(documents.filter(({ id }) => id === 'a').length, 1);
    t.equal(documents.length, 21);
  });

  await inStore('find and count agree with a naive model', async (_, context) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.oneof({ weight: 4, arbitrary: documentArbitrary }, idArbitrary), { maxLength: 12 }),
          { maxLength: 5 },
        ),
        fc.array(queryArbitrary, { minLength: 5, maxLength: 12 }),
        async (commits, queries) => {
          const collection = await context.define(modelIndexes);
          const model = new DocumentModel();
          for (const changes of commits) {
            const puts = changes.filter((change) => typeof change !== 'string');
            const deletes = changes.filter((change) => typeof change === 'string');
            await context.store.commit({
              puts: puts.map((document) => ({ collection, document })),
              deletes: deletes.map((id) => ({ collection, id })),
            });
            for (const document of puts) model.put(document);
            for (const id of deletes) model.delete(id);
          }
          for (const query of queries) {
            const found = await allPages(context.store, collection, query);
            assert.deepStrictEqual(found, model.find(query));
            assert.equal(await context.store.count(collection, query.where), model.count(query.where ?? {}));
          }
          await context.drop(collection);
        },
      ),
      { numRuns: 60 },
    );
  });

  await inStore('pages neither lose nor repeat a document while others come and go', async (_, context) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(99)), {
          minLength: 5,
          maxLength: 25,
          selector: ([, id]) => id,
        }),
        fc.array(fc.tuple(fc.nat(5), fc.nat(99)), { minLength: 10, maxLength: 30 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.integer({ min: 1, max: 4 }),
        async (stable, others, direction, limit) => {
          const collection = await context.define([['age']]);
          await context.put(collection, ...stable.map(([age, id]) => ({ id: `s${id}`, age })));
          const coming = others[Symbol.iterator]();
          const seen = await allPages(
            context.store,
            collection,
            { sort: { field: 'age', direction }, limit },
            async () => {
              const next = coming.next();
              if (next.done) return;
              const [age, id] = next.value;
              if (id % 3 === 0) await context.store.commit({ deletes: [{ collection, id: `n${id}` }] });
              else await context.put(collection, { id: `n${id}`, age });
            },
          );
          const ids = seen.map(({ id }) => id).filter((id) => id.startsWith('s'));
          assert.deepStrictEqual([...ids].sort(), stable.map(([, id]) => `s${id}`).sort());
          await context.drop(collection);
        },
      ),
      { numRuns: 30 },
    );
  });

  await inStore('a query whose order or range no index gives is refused', async (t, context) => {
    const people = await context.define([['tenant', 'age']]);
    const refused = (query: Omit<DocumentQuery, 'limit'>) =>
      t.rejects(context.store.find(people, { ...query, limit: 1 }), { code: 'unindexed-query' });
    await refused({ sort: { field: 'age', direction: 'asc' } });
    await refused({ where: { age: { gte: 1 } } });
    await refused({ where: { tenant: 'x', age: { gte: 1 } } });
    await refused({ where: { tenant: 'x' }, sort: { field: 'name', direction: 'asc' } });
    await context.store.find(people, {
      where: { tenant: 'x', name: 'y' },
      sort: { field: 'age', direction: 'asc' },
      limit: 1,
    });
  });

  await inStore('an index added later holds the documents that were there', async (t, context) => {
    const people = await context.define([['age']]);
    const documents = Array.from({ length: manyDocuments }, (_, at) => ({
      id: `p${at}`,
      age: at % 7,
      rank: manyDocuments - at,
    }));
    await context.put(people, ...documents);
    await context.store.define([{ name: people, indexes: [['rank'], ['age', 'rank']] }]);
    const find = (where: Where) =>
      allPages(context.store, people, { where, sort: { field: 'rank', direction: 'asc' }, limit: 100 });
    t.strictSame(await find({}), [...documents].reverse());
    t.strictSame(
      await find({ age: 3 }),
      [...documents].reverse().filter(({ age }) => age === 3),
    );
    await t.rejects(context.store.find(people, { sort: { field: 'age', direction: 'asc' }, limit: 1 }), {
      code: 'unindexed-query',
    });
    await context.put(people, { id: 'p0', age: 0, rank: 0 });
    t.equal((await find({}))[0]?.id, 'p0');
    t.equal((await find({})).length, manyDocuments);
  });

  await inStore('values of any shape come back as they were', async (t, context) => {
    const people = await context.define([['name']]);
    const name = 'ä'.repeat(3000);
    const documents: Document[] = [
      { id: 'nul\0in id', name: 'nul\0in name' },
      { id: `${'x'.repeat(5000)}1`, name: `${name}1` },
      { id: `${'x'.repeat(5000)}2`, name: `${name}2` },
      { id: '\0'.repeat(600), name: '\0'.repeat(3000) },
      { id: '🦆', name: '\uffff' },
      { id: 'numbers', values: [0, -1.5, 2 ** 53 + 2, 1e300, 5e-324], name: '' },
      { id: 'large', text: 'é'.repeat(300_000), name: 'large' },
      JSON.parse('{"id":"names","__proto__":{"x":1},"constructor":2,"a.b":{"":null},"name":"names"}'),
    ] as Document[];
    await context.put(people, ...documents);
    for (const document of documents) {
      t.strictSame(await context.store.get(people, document.id), document);
      const { name } = document as Document & { name: string };
      const found = await context.store.find(people, { where: { name }, limit: 5 });
      t.strictSame(found.documents, [document]);
    }
    const all = await allPages(context.store, people, {
      sort: { field: 'name', direction: 'desc' },
      limit: 1,
    });
    t.equal(all.length, documents.length);
    await context.store.commit({ deletes: documents.map(({ id }) => ({ collection: people, id })) });
    t.strictSame(
      await allPages(context.store, people, { sort: { field: 'name', direction: 'asc' }, limit: 1 }),
      [],
    );
  });

  await inStore('a dropped collection is gone with its indexes, and its name is free', async (t, context) => {
    const people = await context.define([['age']]);
    await context.put(people, { id: 'a', age: 1 });
    await context.store.drop(people);
    await context.store.drop(people);
    await context.store.define([{ name: people, indexes: [['age']] }]);
    t.equal(await context.store.get(people, 'a'), undefined);
    t.equal(await context.store.count(people, { age: { gte: 0 } }), 0);
  });

  await inStore('what was committed is there after closing and opening', async (t, context) => {
    const people = await context.define([['age']]);
    const checkpoint = `checkpoint-${randomUUID()}`;
    const document = { id: 'a', age: 1 };
    await context.store.commit({
      puts: [{ collection: people, document }],
      checkpoint: { name: checkpoint, value: '7' },
    });
    const closed = context.store;
    await context.reopen();
    await t.rejects(closed.get(people, 'a'), { code: 'document-store-unavailable' });
    await t.rejects(closed.commit({}), { code: 'document-store-unavailable' });
    await context.store.define([{ name: people, indexes: [['age']] }]);
    t.strictSame(await context.store.get(people, 'a'), { id: 'a', age: 1 });
    t.equal(await context.store.count(people, { age: 1 }), 1);
    t.equal(await context.store.getCheckpoint(checkpoint), '7');
  });
}

/** A store with the collections a test made in it. */
class Context {
  readonly #collections = new Set<string>();
  store: DocumentStore;

  constructor(readonly underTest: DocumentStoreUnderTest) {
    this.store = underTest.store;
  }

  async define(indexes: readonly IndexDefinition[]): Promise<string> {
    const definition: CollectionDefinition = { name: `contract-${randomUUID()}`, indexes };
    this.#collections.add(definition.name);
    await this.store.define([definition]);
    return definition.name;
  }

  put<D extends Document>(collection: string, ...documents: readonly D[]): Promise<void> {
    return this.store.commit({ puts: documents.map((document) => ({ collection, document })) });
  }

  async drop(collection: string): Promise<void> {
    this.#collections.delete(collection);
    await this.store.drop(collection);
  }

  async reopen(): Promise<void> {
    this.store = await this.underTest.reopen();
  }

  async close(): Promise<void> {
    for (const collection of this.#collections) await this.store.drop(collection);
    await this.underTest.close();
  }
}

async function allPages(
  store: DocumentStore,
  collection: string,
  query: DocumentQuery,
  between: () => Promise<void> = async () => {},
): Promise<Document[]> {
  const all: Document[] = [];
  let after: DocumentCursor | undefined = query.after;
  for (;;) {
    const page: DocumentPage<Document> = await store.find(collection, {
      ...query,
      ...(after === undefined ? {} : { after }),
    });
    all.push(...page.documents);
    if (page.next === undefined) return all;
    after = page.next;
    await between();
  }
}
