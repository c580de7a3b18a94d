/** One person's erasure, Art. 17 GDPR. What is said here stays: pseudonyms, times, and what came of it. */
export type ErasureEvent = ErasureBegun | PersonErased;

/** Recorded before anything is destroyed, because afterwards nobody can tell any more which journeys were theirs. */
export interface ErasureBegun {
  readonly type: 'ErasureBegun';
  readonly data: {
    readonly requestId: string;
    /** All journeys of the person, linked anonymous ones among them. */
    readonly subjects: readonly string[];
  };
}

export interface PersonErased {
  readonly type: 'PersonErased';
  readonly data: {
    readonly requestId: string;
    readonly subjects: readonly string[];
    /** Epoch milliseconds: when the keys were destroyed. */
    readonly erasedAt: number;
    /** What could not be confirmed, in words; empty where all was. */
    readonly remarks: readonly string[];
    /** The signed receipt as JSON text (RFC 8785), exactly as handed out. */
    readonly receipt: string;
  };
}
