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
