import { z } from 'zod';
import type { Happening } from '../../domain/decision/commands.js';
import type { DecisionCause } from '../../domain/decision/events.js';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { riskLevels } from '../../domain/standing.js';
import type { StrategyTrigger } from '../../domain/strategy/definition.js';

/** What is to have happened, for a test; what is left out is as the strategy waits for it. */
export const happeningBody = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('struggle'),
      on: z.enum(['detected', 'escalated']).default('detected'),
      signalType: z.enum(signalTypes).default('repeated_attempts'),
      featureId: z.string().min(1).max(200).default('unknown'),
      severity: z.enum(severities).default('medium'),
    }),
    z.strictObject({ kind: z.literal('risk'), level: z.enum(riskLevels) }),
    z.strictObject({ kind: z.literal('event'), name: z.string().min(1).max(256) }),
    z.strictObject({ kind: z.literal('absence') }),
    z.strictObject({ kind: z.literal('request') }),
  ])
  .optional()
  .meta({ description: 'What is to have happened; default: what the strategy waits for.' });

export function happeningOf(
  given: z.output<typeof happeningBody>,
  strategyId: string,
  trigger: StrategyTrigger,
): Happening {
  const happened = given ?? awaitedBy(trigger);
  return happened.kind === 'absence' || happened.kind === 'request'
    ? { kind: happened.kind, strategyId }
    : happened;
}

function awaitedBy(trigger: StrategyTrigger): NonNullable<z.output<typeof happeningBody>> {
  switch (trigger.kind) {
    case 'struggle': {
      const [signalType = 'repeated_attempts'] = trigger.signalTypes ?? [];
      const [featureId = 'unknown'] = trigger.features ?? [];
      const { on, minSeverity: severity = 'medium' } = trigger;
      return { kind: 'struggle', on, signalType, featureId, severity };
    }
    case 'risk':
      return { kind: 'risk', level: trigger.level };
    case 'event':
      return { kind: 'event', name: trigger.name };
    case 'absence':
    case 'request':
      return { kind: trigger.kind };
  }
}

export function causeOf(happening: Happening): DecisionCause {
  const about = happening.kind === 'struggle' ? happening : undefined;
  return {
    trigger: happening.kind,
    struggleId: null,
    featureId: about?.featureId ?? null,
    signalType: about?.signalType ?? null,
    severity: about?.severity ?? null,
  };
}
