import type { ConsentPolicy } from '../domain/consent/policy.js';
import { compileFieldPolicy, type FieldRules } from '../domain/privacy/fieldRules.js';
import type { ChangePrivacyPolicies } from '../domain/privacyPolicy/commands.js';
import { decide } from '../domain/privacyPolicy/decide.js';
import { evolve, initialState, type PrivacyPolicyState } from '../domain/privacyPolicy/evolve.js';
import { privacyPolicyStreamName } from '../domain/privacyPolicy/streamName.js';
import type { EventStore } from '../eventStore/eventStore.js';
import { openTenantConfiguration, type TenantConfiguration } from './tenantConfiguration.js';

/** A tenant's policies made ready for the hot path: every message is taken in under those of its tenant. */
export interface PoliciesInForce {
  readonly state: PrivacyPolicyState;
  readonly fieldRules: FieldRules;
  readonly consent: ConsentPolicy;
}

export type PrivacyPolicies = TenantConfiguration<ChangePrivacyPolicies, PoliciesInForce>;

/** Reads all policies. @throws EventStoreUnavailable */
export function openPrivacyPolicies(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  newId: () => string,
): Promise<PrivacyPolicies> {
  return openTenantConfiguration(
    eventStore,
    {
      streamName: privacyPolicyStreamName,
      initialState,
      isEvent: (event) => event.type === 'PrivacyPoliciesChanged',
      decide,
      evolve,
      inForce,
    },
    newId,
  );
}

function inForce(state: PrivacyPolicyState): PoliciesInForce {
  const { fields, consent } = state.policies;
  return {
    state,
    fieldRules: compileFieldPolicy(fields),
    consent: { rules: consent.rules, necessaryEvents: new Set(consent.necessaryEvents) },
  };
}
