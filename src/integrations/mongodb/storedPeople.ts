import { setTimeout as wait } from 'node:timers/promises';
import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { isDuplicateKey } from './failures.js';
import { type KeyDatabase, ownerOf, type StoredDataKey, type StoredPerson } from './keyDatabase.js';

/** Milliseconds for which what another instance has just written is waited for. */
const patience = 5000;
/** In one command: a lock held for longer would be felt by others. */
const updatesAtATime = 50;
const pageSize = 500;

export type People = ReadonlyMap<string, StoredPerson>;

/** People's records by id, many at once. Every method rejects with KeyStoreUnavailable. */
export class StoredPeople {
  constructor(private readonly database: KeyDatabase) {}

  async read(ids: readonly string[]): Promise<People> {
    const { connection, people } = this.database;
    const found = await connection.read(() => people.find({ _id: { $in: [...ids] } }).toArray());
    return new Map(found.map((person) => [person._id, person]));
  }

  /** The records as they stand, made where there were none: of several instances that make one, the first one's stays. */
  async readOrMake(ids: readonly string[], make: (id: string) => Promise<StoredPerson>): Promise<People> {
    const known = new Map(await this.read(ids));
    const until = performance.now() + patience;
    for (;;) {
      const missing = ids.filter((id) => !known.has(id));
      if (missing.length === 0) return known;
      const made = await Promise.all(missing.map(make));
      const isAlone = await this.insert(made);
      const stored = isAlone ? made : (await this.read(missing)).values();
      for (const person of stored) known.set(person._id, person);
      if (isAlone || known.size === ids.length) return known;
      if (performance.now() > until) throw new KeyStoreUnavailable('new keys are not confirmed in time');
      await wait(20);
    }
  }

  /**
   * From then on the records say so and hold no key, also of who had none. What says so already stays as it is.
   * Resolves with the records.
   */
  async destroy(ids: readonly string[], destroyedAt: number): Promise<People> {
    await this.update(
      ids.map((_id) => ({
        filter: { _id, destroyedAt: null },
        update: { $set: { destroyedAt, keys: [] }, $inc: { revision: 1 } },
      })),
    );
    const stands = await this.readOrMake(ids, async (_id) => {
      return { _id, tenantId: ownerOf(_id).tenantId, revision: 1, destroyedAt, keys: [] };
    });
    // Made between the two steps; no record is ever removed, so that the first one meets it now.
    const isAlive = ids.some((id) => stands.get(id)?.destroyedAt === null);
    return isAlive ? this.destroy(ids, destroyedAt) : stands;
  }

  /** False where the record was changed since it was read. */
  async replaceKeys({ _id, revision }: StoredPerson, keys: readonly StoredDataKey[]): Promise<boolean> {
    return (await this.update([changeOfKeys(_id, revision, keys)])) === 1;
  }

  /** Of several records. Resolves with how many of them were not changed since they were read. */
  replaceAllKeys(
    changes: readonly { readonly person: StoredPerson; readonly keys: readonly StoredDataKey[] }[],
  ) {
    return this.update(changes.map(({ person, keys }) => changeOfKeys(person._id, person.revision, keys)));
  }

  count(tenantId: string): Promise<number> {
    const { connection, people } = this.database;
    return connection.read(() => people.countDocuments({ tenantId, destroyedAt: null }));
  }

  /** In pages. @param filter beside the page */
  async *pages(filter: Filter<StoredPerson>): AsyncGenerator<StoredPerson[], void, undefined> {
    const { connection, people } = this.database;
    for (let after = ''; ; ) {
      const page = await connection.read(() =>
        people
          .find({ ...filter, _id: { $gt: after } })
          .sort({ _id: 1 })
          .limit(pageSize)
          .toArray(),
      );
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      after = last._id;
    }
  }

  /** Whether nobody had any of these records. */
  private async insert(made: readonly StoredPerson[]): Promise<boolean> {
    const { connection, people } = this.database;
    try {
      await connection.write(() => people.insertMany([...made], { ordered: false }));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  private async update(updates: readonly Update[]): Promise<number> {
    const { connection, people } = this.database;
    let modified = 0;
    for (let start = 0; start < updates.length; start += updatesAtATime) {
      const some = updates
        .slice(start, start + updatesAtATime)
        .map((updateOne): AnyBulkWriteOperation<StoredPerson> => ({ updateOne }));
      const { modifiedCount } = await connection.write(() => people.bulkWrite(some, { ordered: false }));
      modified += modifiedCount;
    }
    return modified;
  }
}

interface Update {
  readonly filter: Filter<StoredPerson>;
  readonly update: { readonly $set: Partial<StoredPerson>; readonly $inc: { readonly revision: number } };
}

function changeOfKeys(_id: string, revision: number, keys: readonly StoredDataKey[]): Update {
  return { filter: { _id, revision, destroyedAt: null }, update: { $set: { keys }, $inc: { revision: 1 } } };
}
