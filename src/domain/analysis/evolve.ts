import type { AnalysisEvent, ContextAnalysed } from './events.js';

export interface AnalysisState {
  /** The one that counts. */
  readonly last: ContextAnalysed['data'] | null;
  /** Of the last event; epoch milliseconds. */
  readonly at: number | null;
}

export const initialState: AnalysisState = { last: null, at: null };

/** Why an analysis does not count: another of the same was there first. */
export const superseded = 'superseded';

export function evolve({ last }: AnalysisState, { data }: AnalysisEvent): AnalysisState {
  return { last: data.fallbackReason === superseded ? last : data, at: data.at };
}
