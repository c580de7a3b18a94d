import { CodedError } from '../errors.js';
import type { PrivacyPolicyCommand } from './commands.js';
import type { PrivacyPolicyEvent } from './events.js';
import type { PrivacyPolicyState } from './evolve.js';
import { samePolicies } from './policies.js';

/**
 * Policies that stand already yield no events, whatever version they were read in.
 * @throws CodedError `conflict` where others changed them since they were read
 */
export function decide({ data }: PrivacyPolicyCommand, state: PrivacyPolicyState): PrivacyPolicyEvent[] {
  if (samePolicies(data.policies, state.policies)) return [];
  if (data.version !== state.version) {
    throw new CodedError(
      'conflict',
      `The policies are at version ${state.version} by now: read them and decide again.`,
    );
  }
  return [{ type: 'PrivacyPoliciesChanged', data: { ...data, version: state.version + 1 } }];
}
