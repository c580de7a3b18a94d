import { createErasePerson } from '../commands/erasePerson.js';
import type { LedgerEntry } from '../commands/erasureLedger.js';
import { signReceipt } from '../commands/erasureReceipt.js';
import { removeTraces, verifyErased } from '../commands/personTraces.js';
import { createTraces, type ErasureParts } from './erasureTraces.js';

/** Milliseconds; then it is tried again later, and the request says why. */
const longestWait = 300_000;
/** Entries of the ledger that are looked at together. */
const entriesAtATime = 256;

/** What erases persons, and what erases again after an old backup was restored. */
export async function createErasure(parts: ErasureParts) {
  const { eventStore, keyStore, ledger, journeys, signingKey } = parts;
  const head = await eventStore.head();
  const traces = createTraces(parts, head, longestWait);

  /** Erases whom an older copy brought back: keys, events, or documents that were made of them anew. */
  async function eraseAgainOf(tenantId: string, entries: readonly LedgerEntry[]): Promise<number> {
    // Before anything is served there is time: a rebuild has to end.
    const patient = createTraces(parts, head, undefined);
    const verified = await verifyErased(
      { ...patient, keyStore },
      tenantId,
      entries.map(({ subjects }) => subjects),
    );
    const back = entries.filter((_, at) => !verified[at]?.every(({ holds }) => holds));
    const subjects = [...new Set(back.flatMap((entry) => entry.subjects))];
    await journeys.suspend(tenantId, subjects);
    await Promise.all(back.map((entry) => keyStore.destroy(tenantId, entry.subjects, entry.erasedAt)));
    await removeTraces(patient, tenantId, subjects);
    return back.length;
  }

  return {
    erasePerson: createErasePerson({
      ...traces,
      keyStore,
      journeys,
      ledger,
      sign: (statement) => signReceipt({ ...statement }, signingKey),
      now: Date.now,
      newId: parts.newId,
    }),
    /**
     * Erases whom the ledger names and who is not erased: their data came back with an older copy.
     * To be called before anything is served. @returns how many persons
     */
    async eraseAgain(): Promise<number> {
      await parts.processors.projectionsCaughtUp(head);
      let again = 0;
      let some: LedgerEntry[] = [];
      for await (const entry of ledger.entries()) {
        const [first] = some;
        if (first !== undefined && (first.tenantId !== entry.tenantId || some.length === entriesAtATime)) {
          again += await eraseAgainOf(first.tenantId, some);
          some = [];
        }
        some.push(entry);
      }
      const [first] = some;
      return first === undefined ? again : again + (await eraseAgainOf(first.tenantId, some));
    },
  };
}
