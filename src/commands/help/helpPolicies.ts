import type { ChangeHelpPolicy } from '../../domain/helpPolicy/commands.js';
import { decide } from '../../domain/helpPolicy/decide.js';
import { evolve, type HelpPolicyState, initialState } from '../../domain/helpPolicy/evolve.js';
import { helpPolicyStreamName } from '../../domain/helpPolicy/streamName.js';
import type { EventStore } from '../../eventStore/eventStore.js';
import { openTenantConfiguration, type TenantConfiguration } from '../tenantConfiguration.js';

export type HelpPolicies = TenantConfiguration<ChangeHelpPolicy, HelpPolicyState>;

/** Reads the help policies of all tenants. @throws EventStoreUnavailable */
export function openHelpPolicies(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  newId: () => string,
): Promise<HelpPolicies> {
  return openTenantConfiguration(
    eventStore,
    {
      streamName: helpPolicyStreamName,
      initialState,
      isEvent: (event) => event.type === 'HelpPolicyChanged',
      decide,
      evolve,
      inForce: (state) => state,
    },
    newId,
  );
}
