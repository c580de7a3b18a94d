export interface CircuitBreakerOptions {
  /** Calls that fail one after the other until it opens. */
  readonly failures: number;
  /** Milliseconds it stays open; then one call is let through, and its failure opens it again. */
  readonly rest: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Spares a server that does not answer, and spares those who would wait for it. For stores, whose calls by the thousand would
 * hide for long in a share that they have begun to fail; providers have opossum's breaker, which goes by shares.
 */
export function createCircuitBreaker({ failures, rest, now }: CircuitBreakerOptions) {
  let failed = 0;
  let opensAgainAt = Number.NEGATIVE_INFINITY;
  return {
    /** Whether a call may be tried; false while it is open. */
    admits(): boolean {
      if (failed < failures) return true;
      if (now() < opensAgainAt) return false;
      // One call tries; others go on failing until it has answered.
      opensAgainAt = now() + rest;
      return true;
    },
    get isOpen(): boolean {
      return failed >= failures;
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
