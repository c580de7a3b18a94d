import { severities } from '../journey/events.js';
import { riskLevels } from '../standing.js';
import type { CandidateStrategy, Happening } from './commands.js';
import type { DecisionReason } from './events.js';

/** Why a strategy does not wait for what happened; none where it does. Whether it is enabled is not asked. */
export function triggerReasons(
  { id, definition: { trigger } }: CandidateStrategy,
  happening: Happening,
): DecisionReason[] {
  if (trigger.kind !== happening.kind) {
    return [{ code: 'other-trigger', facts: { awaited: trigger.kind, happened: happening.kind } }];
  }
  const reasons: DecisionReason[] = [];
  if (trigger.kind === 'struggle' && happening.kind === 'struggle') {
    const { signalTypes, features, minSeverity, on } = trigger;
    const { signalType, featureId, severity } = happening;
    if (on !== happening.on)
      reasons.push({ code: 'other-occasion', facts: { awaited: on, happened: happening.on } });
    if (signalTypes !== undefined && !signalTypes.includes(signalType))
      reasons.push({ code: 'other-signal', facts: { happened: signalType } });
    if (features !== undefined && !features.includes(featureId))
      reasons.push({ code: 'other-feature', facts: { happened: featureId } });
    if (minSeverity !== undefined && severities.indexOf(severity) < severities.indexOf(minSeverity))
      reasons.push({ code: 'less-severe', facts: { asked: minSeverity, happened: severity } });
  }
  if (trigger.kind === 'risk' && happening.kind === 'risk') {
    if (riskLevels.indexOf(happening.level) < riskLevels.indexOf(trigger.level))
      reasons.push({ code: 'less-risk', facts: { asked: trigger.level, happened: happening.level } });
  }
  if (trigger.kind === 'event' && happening.kind === 'event' && trigger.name !== happening.name)
    reasons.push({ code: 'other-event', facts: { awaited: trigger.name } });
  if ((happening.kind === 'absence' || happening.kind === 'request') && happening.strategyId !== id)
    reasons.push({ code: 'other-strategy', facts: { asked: happening.strategyId } });
  return reasons;
}
