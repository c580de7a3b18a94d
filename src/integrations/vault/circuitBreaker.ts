import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';

export interface CircuitBreakerOptions {
  /** Calls that fail one after the other until it opens. */
  readonly failures: number;
  /** Milliseconds it stays open; then one call is let through, and its failure opens it again. */
  readonly rest: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Spares a server that does not answer, and spares those who would wait for it. */
export function createCircuitBreaker({ failures, rest, now }: CircuitBreakerOptions) {
  let failed = 0;
  let opensAgainAt = Number.NEGATIVE_INFINITY;
  return {
    /** @throws KeyStoreUnavailable while it is open */
    assertClosed(): void {
      if (failed < failures) return;
      if (now() < opensAgainAt) {
        throw new KeyStoreUnavailable('Vault did not answer lately and is left alone for some seconds');
      }
      // One call tries; others go on failing until it has answered.
      opensAgainAt = now() + rest;
    },
    succeeded(): void {
      failed = 0;
    },
    failed(): void {
      failed += 1;
      opensAgainAt = now() + rest;
    },
  };
}
