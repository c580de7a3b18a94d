/**
 * Units of work (a projection, a reactor's partition, a round) that one instance of an installation does at a time. A
 * claim spares double work and protects nothing: whoever writes is fenced by the store it writes to.
 */
export interface Claims {
  /** Whether there can be no other instance. */
  readonly alone: boolean;
  /** One claim a unit. */
  claim(unit: string): Claim;
}

export interface Claim {
  /** Aborts when the unit is to be given up: then stop, and `release`. Undefined while it is not held. */
  readonly held: AbortSignal | undefined;
  /** Resolves once it is held. From the call on it is sought for, until `signal` aborts; then it rejects. */
  hold(signal: AbortSignal): Promise<AbortSignal>;
  /** The work was stopped, because it was asked for or because another instance does it: others may have the unit. */
  release(): Promise<void>;
}

const neverAborted = new AbortController().signal;

/** The only process of an installation holds everything. */
export const soleClaims: Claims = {
  alone: true,
  claim: () => ({
    held: neverAborted,
    hold: async () => neverAborted,
    release: async () => undefined,
  }),
};
