import { canonicalJson } from '../canonicalJson.js';
import { CodedError } from '../errors.js';
import type { HelpPolicyCommand } from './commands.js';
import type { HelpPolicyEvent } from './events.js';
import type { HelpPolicyState } from './evolve.js';
import { helpPolicyFaults } from './faults.js';

/**
 * A policy that stands already yields no events, whatever version it was read in.
 * @throws CodedError `invalid-parameter` with everything that is wrong with it, `conflict` where others changed it since it
 * was read
 */
export function decide({ data }: HelpPolicyCommand, state: HelpPolicyState): HelpPolicyEvent[] {
  helpPolicyFaults(data.policy).throwFound();
  if (canonicalJson(data.policy) === canonicalJson(state.policy)) return [];
  if (data.version !== state.version) {
    throw new CodedError(
      'conflict',
      `The policy is at version ${state.version} by now: read it and decide again.`,
    );
  }
  return [{ type: 'HelpPolicyChanged', data: { ...data, version: state.version + 1 } }];
}
