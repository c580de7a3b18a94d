import type { PolicySet } from './policies.js';

export type PrivacyPolicyCommand = ChangePrivacyPolicies;

export interface ChangePrivacyPolicies {
  readonly type: 'ChangePrivacyPolicies';
  readonly data: {
    /** The version that was read before: nobody overwrites what they have not seen. */
    readonly version: number;
    readonly policies: PolicySet;
    /** Epoch milliseconds. */
    readonly at: number;
    /** Id of the key that an officer used. */
    readonly by: string;
  };
}
