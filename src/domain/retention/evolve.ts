import { unreachable } from '../unreachable.js';
import { nothingRemoved, type Removed, type RetentionEvent } from './events.js';
import type { Cutoffs } from './periods.js';

export interface RetentionState {
  /** The round under way. */
  readonly round: { readonly roundId: string; readonly beganAt: number } | null;
  /** When the last round was completed, epoch milliseconds. */
  readonly completedAt: number | null;
  /** By the last round that was completed, as far as it is known. */
  readonly removed: Removed;
  /** Of the last round that was begun. */
  readonly cutoffs: Cutoffs;
}

export const initialState: RetentionState = {
  round: null,
  completedAt: null,
  removed: nothingRemoved,
  cutoffs: {},
};

/** What must be known to go on stands in the last event, so that it alone is enough. */
export function evolve(state: RetentionState, event: RetentionEvent): RetentionState {
  switch (event.type) {
    case 'RetentionRoundBegun': {
      const { roundId, at: beganAt, cutoffs } = event.data;
      return { ...state, round: { roundId, beganAt }, cutoffs };
    }
    case 'RetentionRoundCompleted': {
      const { at, cutoffs, removed } = event.data;
      return { round: null, completedAt: at, removed, cutoffs };
    }
    default:
      return unreachable(event);
  }
}
