import type { StrategyDefinition } from './definition.js';

export type StrategyEvent = StrategyDefined | StrategyRetired;

export interface StrategyChange {
  readonly strategyId: string;
  /** Counts a strategy's changes from 1; goes on where a retired strategy is defined again. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Id of the key it was done with; `configuration` for the file named there. */
  readonly by: string;
}

export interface StrategyDefined {
  readonly type: 'StrategyDefined';
  readonly data: StrategyChange & { readonly definition: StrategyDefinition };
}

/** Decides nothing any more. What it decided goes on to be delivered and measured. */
export interface StrategyRetired {
  readonly type: 'StrategyRetired';
  readonly data: StrategyChange;
}

export function isStrategyEvent(event: { readonly type: string }): event is StrategyEvent {
  return event.type === 'StrategyDefined' || event.type === 'StrategyRetired';
}
