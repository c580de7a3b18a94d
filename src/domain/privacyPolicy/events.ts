import type { PolicySet } from './policies.js';

export type PrivacyPolicyEvent = PrivacyPoliciesChanged;

/** Holds for what is recorded from then on; retention periods for what is there as well. */
export interface PrivacyPoliciesChanged {
  readonly type: 'PrivacyPoliciesChanged';
  readonly data: {
    /** Counts a tenant's changes from 1. */
    readonly version: number;
    readonly policies: PolicySet;
    /** Epoch milliseconds. */
    readonly at: number;
    /** Id of the key that an officer used. */
    readonly by: string;
  };
}
