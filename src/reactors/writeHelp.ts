import type { ProposeIntervention } from '../commands/interventions.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { interventionIdFor } from '../domain/intervention/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import type { Reactor } from '../processors/processor.js';

export interface WriteHelpOptions {
  readonly propose: ProposeIntervention;
  /** Language tags of the person, first choice first. */
  languagesOf(tenantId: string, subject: string, struggleId: string | null): Promise<readonly string[]>;
  now(): number;
}

/** Words the help that was decided on, from a template. */
export function writeHelp({ propose, languagesOf, now }: WriteHelpOptions): Reactor {
  return {
    name: 'write-help',
    replayPolicy: 'never',
    eventTypes: ['DecisionMade'],
    async react(recorded: Recorded<DomainEvent>) {
      const { event, metadata } = recorded;
      if (event.type !== 'DecisionMade') return;
      const { decisionId, subject, chosen, trigger, struggleId, featureId, signalType, severity } =
        event.data;
      if (chosen === null || chosen.arm === 'holdout' || chosen.channels.length === 0) return;
      const { tenantId } = metadata;
      const interventionId = interventionIdFor(decisionId, chosen.strategyId);
      await propose({
        tenantId,
        cause: {
          ...{ interventionId, decisionId, subject, strategy: chosen.strategyId },
          ...{ trigger, struggleId, featureId, signalType, severity },
        },
        facts: {
          ...{
            enabled: true,
            struggleAge: 0,
            staleAfter: 1,
            resolved: false,
            sinceLastHelp: null,
            cooldown: 0,
          },
          permission: { allowed: true, consentEventId: chosen.consentEventId },
        },
        chosen,
        languages: await languagesOf(tenantId, subject, struggleId),
        showFor: chosen.expiresAt - now(),
        causedBy: recorded,
      });
    },
  };
}
