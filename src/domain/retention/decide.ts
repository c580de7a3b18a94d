import { unreachable } from '../unreachable.js';
import { retentionCategories } from './categories.js';
import type { RetentionCommand } from './commands.js';
import type { RetentionEvent } from './events.js';
import type { RetentionState } from './evolve.js';
import type { Cutoffs } from './periods.js';

/** One round at a time. What is past its period stays so, also where the period was made longer since. */
export function decide(command: RetentionCommand, state: RetentionState): RetentionEvent[] {
  switch (command.type) {
    case 'BeginRound': {
      if (state.round !== null) return [];
      const { roundId, at } = command;
      const cutoffs = later(state.cutoffs, command.cutoffs);
      return [{ type: 'RetentionRoundBegun', data: { roundId, at, cutoffs } }];
    }
    case 'CompleteRound': {
      const { round, cutoffs } = state;
      if (round?.roundId !== command.roundId) return [];
      const { roundId, at, removed } = command;
      return [
        {
          type: 'RetentionRoundCompleted',
          data: { roundId, beganAt: round.beganAt, at, cutoffs, removed },
        },
      ];
    }
    default:
      return unreachable(command);
  }
}

function later(one: Cutoffs, other: Cutoffs): Cutoffs {
  const cutoffs: { -readonly [C in keyof Cutoffs]: Cutoffs[C] } = {};
  for (const category of retentionCategories) {
    const found = [one[category], other[category]].filter((cutoff) => cutoff !== undefined);
    if (found.length > 0) cutoffs[category] = Math.max(...found);
  }
  return cutoffs;
}
