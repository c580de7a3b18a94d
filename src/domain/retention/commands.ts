import type { Removed } from './events.js';
import type { Cutoffs } from './periods.js';

export type RetentionCommand = BeginRound | CompleteRound;

/** Times are epoch milliseconds. */
export interface BeginRound {
  readonly type: 'BeginRound';
  readonly roundId: string;
  readonly at: number;
  readonly cutoffs: Cutoffs;
}

export interface CompleteRound {
  readonly type: 'CompleteRound';
  readonly roundId: string;
  readonly at: number;
  readonly removed: Removed;
}
