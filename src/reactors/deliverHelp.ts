import type { DeliverIntervention } from '../commands/help/deliverIntervention.js';
import type { InterventionAddress } from '../commands/interventionStream.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import type { Reactor } from '../processors/processor.js';

export interface DeliverHelpOptions {
  readonly deliver: DeliverIntervention;
  /** Delivers beside the reactor, where there is room; what finds none is found again by `deliverDue`. */
  readonly deliverBeside: (address: InterventionAddress) => void;
}

/**
 * Sets off what was proposed, sent again, or came back. The inbox takes a message at once; providers are called beside the
 * reactor, so that a slow one holds up nobody who is helped in the app.
 */
export function deliverHelp({ deliver, deliverBeside }: DeliverHelpOptions): Reactor {
  return {
    name: 'deliver-help',
    replayPolicy: 'never',
    isUrgent: true,
    concurrency: 64,
    eventTypes: ['InterventionProposed', 'InterventionResent', 'DeliveryBounced'],
    async react(recorded: Recorded<DomainEvent>) {
      const { event, metadata } = recorded;
      if (!('interventionId' in event.data)) return;
      const address = { tenantId: metadata.tenantId, interventionId: event.data.interventionId };
      if (event.type === 'InterventionProposed' && event.data.channel === 'in_app')
        await deliver(address, { proposed: { ...recorded, event } });
      else deliverBeside(address);
    },
  };
}
