import { type Interaction, type JourneyEvent, severities } from './events.js';
import type { FeatureTrack } from './featureTrack.js';
import type { JourneySettings } from './settings.js';
import { type JourneyState, type OpenStruggle, struggleKey } from './state.js';
import { applyRules, type Conclusion, leftUnfinished, ruleVersions } from './struggleRules.js';

/** One decision's view of the struggles: what is open, and what it has itself concluded so far. */
export interface StruggleDecision {
  readonly state: JourneyState;
  readonly settings: JourneySettings;
  readonly concluded: string[];
  /** New struggles so far: numbers the next. */
  detected: number;
  /** The feature that the present message completes: it was not abandoned after all. */
  readonly completing: string | undefined;
}

export function struggleDecision(
  state: JourneyState,
  settings: JourneySettings,
  completing?: string,
): StruggleDecision {
  return { state, settings, concluded: [], detected: 0, completing };
}

/** What follows from an interaction with a feature: struggles found, grown worse, or resolved by success. */
export function concludeInteraction(
  decision: StruggleDecision,
  featureId: string,
  interaction: Interaction,
  before: FeatureTrack | undefined,
  track: FeatureTrack,
  sessionId: string,
): JourneyEvent[] {
  if (interaction.kind === 'used' || interaction.kind === 'started') return [];
  if (interaction.kind === 'succeeded') return resolveStruggles(decision.state, featureId, track.lastAt);
  return applyRules(interaction, before, track, decision.settings).flatMap((conclusion) =>
    struggleEvent(decision, featureId, conclusion, track.lastAt, sessionId),
  );
}

/** A session is over: what was started in it and never completed was abandoned. */
export function concludeSessionEnd(
  decision: StruggleDecision,
  sessionId: string,
  at: number,
): JourneyEvent[] {
  const events: JourneyEvent[] = [];
  for (const [featureId, track] of decision.state.features) {
    if (track.startedIn === sessionId && featureId !== decision.completing) {
      events.push(...struggleEvent(decision, featureId, leftUnfinished(track), at, sessionId));
    }
  }
  return events;
}

function struggleEvent(
  decision: StruggleDecision,
  featureId: string,
  { signalType, severity, evidence }: Conclusion,
  at: number,
  sessionId: string,
): JourneyEvent[] {
  const key = struggleKey(signalType, featureId);
  if (decision.concluded.includes(key)) return [];
  decision.concluded.push(key);
  const { state, settings } = decision;
  const open = state.openStruggles.get(key);
  const rule = { name: signalType, version: ruleVersions[signalType] };
  if (open !== undefined && Math.abs(at - open.lastAt) <= settings.struggleMemory) {
    if (severities.indexOf(severity) <= severities.indexOf(open.severity)) return [];
    const { struggleId } = open;
    return [
      { type: 'StruggleEscalated', data: { struggleId, featureId, signalType, severity, evidence, rule } },
    ];
  }
  decision.detected++;
  const struggleId = `${state.subject}.s${state.struggleCount + decision.detected}`;
  return [
    {
      type: 'StruggleDetected',
      data: { struggleId, featureId, signalType, severity, evidence, rule, sessionId },
    },
  ];
}

function resolveStruggles(state: JourneyState, featureId: string, at: number): JourneyEvent[] {
  const events: JourneyEvent[] = [];
  for (const open of state.openStruggles.values()) {
    // A success from before the struggle, told late, resolves nothing.
    if (open.featureId === featureId && at >= open.detectedAt) events.push(resolved(open, at));
  }
  return events;
}

function resolved({ struggleId, featureId, signalType, detectedAt }: OpenStruggle, at: number): JourneyEvent {
  const resolutionTime = Math.max(0, at - detectedAt);
  return { type: 'StruggleResolved', data: { struggleId, featureId, signalType, resolutionTime } };
}
