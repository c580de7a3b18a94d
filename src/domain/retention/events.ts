import type { RetentionCategory } from './categories.js';
import type { Cutoffs } from './periods.js';

/** Rounds of the job that removes what is past its period, of one tenant. Times are epoch milliseconds. */
export type RetentionEvent = RetentionRoundBegun | RetentionRoundCompleted;

/** From here on nothing that occurred before the cut-offs is served again, whatever is rebuilt. */
export interface RetentionRoundBegun {
  readonly type: 'RetentionRoundBegun';
  readonly data: {
    readonly roundId: string;
    readonly at: number;
    /** Never earlier than in the round before. */
    readonly cutoffs: Cutoffs;
  };
}

export interface RetentionRoundCompleted {
  readonly type: 'RetentionRoundCompleted';
  readonly data: {
    readonly roundId: string;
    readonly beganAt: number;
    readonly at: number;
    readonly cutoffs: Cutoffs;
    readonly removed: Removed;
  };
}

/** After a crash what was counted last may be missing from it, never what was removed. */
export interface Removed {
  /** Events that can no longer be read in their streams, by category. */
  readonly events: Readonly<Partial<Record<RetentionCategory, number>>>;
  /** Journeys of which nothing is left. */
  readonly journeys: number;
  /** Documents removed or shortened, by read model. */
  readonly documents: Readonly<Record<string, number>>;
}

export const nothingRemoved: Removed = { events: {}, journeys: 0, documents: {} };
