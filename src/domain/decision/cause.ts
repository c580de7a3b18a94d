import type { DecisionCause, HelpTrigger } from './events.js';

/** Of what is not about a struggle. */
export function causedBy(trigger: HelpTrigger): DecisionCause {
  return { trigger, struggleId: null, featureId: null, signalType: null, severity: null };
}
