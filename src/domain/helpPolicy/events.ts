import type { HelpPolicy } from './policy.js';

export type HelpPolicyEvent = HelpPolicyChanged;

/** Holds for what is decided, written and sent from then on. */
export interface HelpPolicyChanged {
  readonly type: 'HelpPolicyChanged';
  readonly data: {
    /** Counts a tenant's changes from 1. */
    readonly version: number;
    readonly policy: HelpPolicy;
    /** Epoch milliseconds. */
    readonly at: number;
    /** Id of the key it was done with. */
    readonly by: string;
  };
}
