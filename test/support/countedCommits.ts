import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Document, DocumentStore } from '../../src/documentStore/documentStore.js';

/**
 * Commits that are numbered: each puts its number into documents of two collections, puts one of its own and deletes
 * that of the commit before. So a commit that is there in part, twice or out of order shows.
 */
export class CountedCommits {
  constructor(
    readonly name = `counted-${randomUUID()}`,
    /** Characters that each document carries along. */
    readonly ballast = 0,
  ) {}

  async define(store: DocumentStore): Promise<void> {
    await store.define([this.#left, this.#right].map((name) => ({ name, indexes: [['number']] })));
  }

  /** The number of the last commit; from then on `store` commits on top of it. */
  async open(store: DocumentStore): Promise<number> {
    return Number((await store.getCheckpoint(this.name)) ?? 0);
  }

  commit(store: DocumentStore, number: number): Promise<void> {
    const text = 'x'.repeat(this.ballast);
    const document = (id: string): Document & object => ({ ...{ number, text }, id });
    return store.commit({
      puts: [
        { collection: this.#left, document: document('same') },
        { collection: this.#right, document: document('same') },
        { collection: this.#left, document: document(`only-${number}`) },
      ],
      deletes: [{ collection: this.#left, id: `only-${number - 1}` }],
      checkpoint: { name: this.name, value: `${number}` },
    });
  }

  /** @throws where the documents are not those of exactly the first `number` commits */
  async verify(store: DocumentStore, number: number): Promise<void> {
    const all = async (collection: string) => {
      const { documents } = await store.find<Document & { number: number }>(collection, { limit: 10 });
      return documents.map((document) => [document.id, document.number]);
    };
    const expected = number === 0 ? [] : [['same', number]];
    assert.deepStrictEqual(await all(this.#right), expected);
    assert.deepStrictEqual(await all(this.#left), [
      ...(number === 0 ? [] : [[`only-${number}`, number]]),
      ...expected,
    ]);
    assert.equal(await store.count(this.#left, { number }), number === 0 ? 0 : 2);
    assert.equal(await store.count(this.#left), number === 0 ? 0 : 2);
  }

  get #left(): string {
    return `${this.name}-left`;
  }

  get #right(): string {
    return `${this.name}-right`;
  }
}
