export interface LedgerEntry {
  readonly tenantId: string;
  readonly requestId: string;
  readonly subjects: readonly string[];
  /** Epoch milliseconds. */
  readonly erasedAt: number;
}

/**
 * Every erasure, kept apart from the data: a backup that is restored brings back events and keys of before, and what stands
 * here is erased again before anything is served. Holds pseudonyms alone.
 */
export interface ErasureLedger {
  /** All of them durable when it resolves. Adding the same again does no harm. */
  add(entries: readonly LedgerEntry[]): Promise<void>;
  entries(): AsyncIterable<LedgerEntry>;
}

const addedAtATime = 500;

/** All entries of one ledger, added to another. */
export async function carryOver(entries: AsyncIterable<LedgerEntry>, into: ErasureLedger): Promise<void> {
  let page: LedgerEntry[] = [];
  for await (const entry of entries) {
    page.push(entry);
    if (page.length < addedAtATime) continue;
    await into.add(page);
    page = [];
  }
  if (page.length > 0) await into.add(page);
}
