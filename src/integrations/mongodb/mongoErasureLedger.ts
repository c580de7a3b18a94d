import type { ErasureLedger } from '../../commands/erasureLedger.js';
import type { KeyDatabase } from './keyDatabase.js';

const entriesAtATime = 500;

/**
 * An entry an erasure, in a database of its own, which is never restored to an older state: it outlives the backups of all
 * others. Every method rejects with KeyStoreUnavailable.
 */
export function openMongoErasureLedger({ connection, erasures }: KeyDatabase): ErasureLedger {
  return {
    async add(added) {
      // Under the same id, so that one that is written again is the same one.
      const _id = `${added.tenantId}/${added.requestId}/${added.erasedAt}`;
      await connection.write(() => erasures.replaceOne({ _id }, { ...added }, { upsert: true }));
    },
    async *entries() {
      for (let after = ''; ; ) {
        const page = await connection.read(() =>
          erasures
            .find({ _id: { $gt: after } })
            .sort({ _id: 1 })
            .limit(entriesAtATime)
            .toArray(),
        );
        for (const { _id: _, ...entry } of page) yield entry;
        const last = page.at(-1);
        if (last === undefined) return;
        after = last._id;
      }
    },
  };
}
