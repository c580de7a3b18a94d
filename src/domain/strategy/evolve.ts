import { builtInStrategies } from './builtIn.js';
import type { StrategyDefinition } from './definition.js';
import type { StrategyEvent } from './events.js';

/** One strategy as it stands. */
export interface Strategy {
  readonly id: string;
  /** 0 of a built-in one that nobody changed. */
  readonly version: number;
  /** Null of a retired one. */
  readonly definition: StrategyDefinition | null;
  /** Epoch milliseconds, and the id of a key; null where nobody changed it. */
  readonly changed: { readonly at: number; readonly by: string } | null;
}

/** A tenant's strategies by id, retired ones among them, because their versions go on. */
export type StrategiesState = ReadonlyMap<string, Strategy>;

export const initialState: StrategiesState = new Map(
  [...builtInStrategies].map(([id, definition]) => [id, { id, version: 0, definition, changed: null }]),
);

export function evolve(state: StrategiesState, event: StrategyEvent): StrategiesState {
  const { strategyId: id, version, at, by } = event.data;
  const definition = event.type === 'StrategyDefined' ? event.data.definition : null;
  return new Map(state).set(id, { id, version, definition, changed: { at, by } });
}
