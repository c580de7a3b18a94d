import type { StrategyDefinition } from './definition.js';

export type StrategyCommand = DefineStrategy | RetireStrategy;

interface Change {
  readonly strategyId: string;
  /** The version that was read before, 0 for a new one: nobody overwrites what they have not seen. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: string;
}

export interface DefineStrategy {
  readonly type: 'DefineStrategy';
  readonly data: Change & { readonly definition: StrategyDefinition };
}

export interface RetireStrategy {
  readonly type: 'RetireStrategy';
  readonly data: Change;
}
