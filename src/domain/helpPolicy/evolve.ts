import type { HelpPolicyEvent } from './events.js';
import { defaultHelpPolicy, type HelpPolicy } from './policy.js';

/** A tenant's policy in force. */
export interface HelpPolicyState {
  /** 0 for the default one. */
  readonly version: number;
  readonly policy: HelpPolicy;
  /** Epoch milliseconds, and the id of a key; null for the default one. */
  readonly changed: { readonly at: number; readonly by: string } | null;
}

export const initialState: HelpPolicyState = { version: 0, policy: defaultHelpPolicy, changed: null };

export function evolve(_: HelpPolicyState, { data }: HelpPolicyEvent): HelpPolicyState {
  const { version, policy, at, by } = data;
  return { version, policy, changed: { at, by } };
}
