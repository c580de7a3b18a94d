import type { AnalysisCommand } from './commands.js';
import type { AnalysisEvent } from './events.js';
import { type AnalysisState, superseded } from './evolve.js';

/** Milliseconds for which findings stand while nothing new happens: what they say of days and silence grows old. */
export const findingsHold = 3_600_000;
/** Milliseconds for which nobody is asked again after a failure. */
export const failureHolds = 60_000;

/**
 * Whether the last analysis still answers for a person: made from all that is known of them, and not too old.
 * @param at epoch milliseconds
 */
export function isCurrent(
  { last }: AnalysisState,
  { journeyVersion, at }: { readonly journeyVersion: number; readonly at: number },
): boolean {
  if (last === null || last.journeyVersion !== journeyVersion) return false;
  return at < last.at + (last.findings === null ? failureHolds : findingsHold);
}

/**
 * Of two that analyse the same at the same time the first gives the findings; of the other what it took and disclosed is
 * recorded.
 */
export function decide({ data }: AnalysisCommand, state: AnalysisState): AnalysisEvent[] {
  if (state.at === data.at) return [];
  if (!isCurrent(state, data)) return [{ type: 'ContextAnalysed', data }];
  return [{ type: 'ContextAnalysed', data: { ...data, findings: null, fallbackReason: superseded } }];
}
