import type { PrivacyPolicyEvent } from './events.js';
import { defaultPolicies, type PolicySet } from './policies.js';

/** A tenant's policies in force. */
export interface PrivacyPolicyState {
  /** 0 for the default ones. */
  readonly version: number;
  readonly policies: PolicySet;
  /** Epoch milliseconds, and the id of a key; null for the default ones. */
  readonly changed: { readonly at: number; readonly by: string } | null;
}

export const initialState: PrivacyPolicyState = { version: 0, policies: defaultPolicies, changed: null };

export function evolve(_: PrivacyPolicyState, { data }: PrivacyPolicyEvent): PrivacyPolicyState {
  const { version, policies, at, by } = data;
  return { version, policies, changed: { at, by } };
}
