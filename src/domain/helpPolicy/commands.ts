import type { HelpPolicy } from './policy.js';

export type HelpPolicyCommand = ChangeHelpPolicy;

export interface ChangeHelpPolicy {
  readonly type: 'ChangeHelpPolicy';
  readonly data: {
    /** The version that was read before: nobody overwrites what they have not seen. */
    readonly version: number;
    readonly policy: HelpPolicy;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly by: string;
  };
}
