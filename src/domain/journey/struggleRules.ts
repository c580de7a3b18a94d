import {
  type Interaction,
  type Severity,
  type SignalType,
  type StruggleEvidence,
  signalTypes,
} from './events.js';
import type { FeatureTrack } from './featureTrack.js';
import { type JourneySettings, type SeverityScale, severityOf } from './settings.js';

/** Raised when a rule's meaning changes; stands in every conclusion it draws. */
export const ruleVersions: Readonly<Record<SignalType, number>> = {
  repeated_attempts: 1,
  error_pattern: 1,
  abandonment: 1,
  help_seeking: 1,
  rage_clicks: 1,
};

/** What a rule found: a sign of a struggle, before it is known whether that is a new one. */
export interface Conclusion {
  readonly signalType: SignalType;
  readonly severity: Severity;
  readonly evidence: StruggleEvidence;
}

/** All rules, on one interaction and the feature's track before and after it. */
export function applyRules(
  interaction: Interaction,
  before: FeatureTrack | undefined,
  track: FeatureTrack,
  settings: JourneySettings,
): Conclusion[] {
  const conclusions = [
    reported(interaction, track),
    repeatedAttempts(interaction, track, settings),
    errorPattern(interaction, track, settings),
    abandonment(interaction, before ?? track, track.lastAt),
    helpSeeking(interaction, track, settings),
    rageClicks(interaction, track, settings),
  ];
  return conclusions.filter((conclusion) => conclusion !== undefined);
}

/** A feature was started in a session that is over, and never completed. */
export function leftUnfinished(track: FeatureTrack): Conclusion {
  const hadTrouble = track.attempts > 1 || track.errorTimes.length > 0;
  return {
    signalType: 'abandonment',
    severity: hadTrouble ? 'medium' : 'low',
    evidence: evidenceOf(track, track.startedAt, track.lastAt),
  };
}

/** The client itself says that the person struggles. */
function reported(interaction: Interaction, track: FeatureTrack): Conclusion | undefined {
  const signalType = signalTypes.find((name) => name === interaction.reportedSignal);
  if (signalType === undefined) return undefined;
  const severity = severityOf(interaction.attemptCount ?? 1, reportedScale) ?? 'low';
  return {
    signalType,
    severity,
    evidence: evidenceOf(track, track.lastAt - (interaction.timeSpent ?? 0), track.lastAt),
  };
}

const reportedScale: SeverityScale = [
  { from: 1, severity: 'low' },
  { from: 3, severity: 'medium' },
  { from: 5, severity: 'high' },
  { from: 8, severity: 'critical' },
];

function repeatedAttempts(
  interaction: Interaction,
  track: FeatureTrack,
  settings: JourneySettings,
): Conclusion | undefined {
  if (interaction.kind !== 'attempted' && interaction.kind !== 'failed') return undefined;
  const severity = severityOf(track.attempts, settings.repeatedAttempts.scale);
  if (severity === undefined) return undefined;
  return {
    signalType: 'repeated_attempts',
    severity,
    evidence: evidenceOf(track, track.firstAttemptAt, track.lastAttemptAt),
  };
}

function errorPattern(
  interaction: Interaction,
  track: FeatureTrack,
  settings: JourneySettings,
): Conclusion | undefined {
  const counts =
    interaction.kind === 'error' || (interaction.kind === 'failed' && interaction.errorCode !== undefined);
  if (!counts) return undefined;
  const sameCode = track.errorCodes.filter((code) => code === interaction.errorCode).length;
  const severity =
    severityOf(track.errorTimes.length, settings.errorPattern.scale) ??
    (sameCode >= settings.errorPattern.sameCode ? 'low' : undefined);
  if (severity === undefined) return undefined;
  const [first = track.lastAt] = track.errorTimes;
  return { signalType: 'error_pattern', severity, evidence: evidenceOf(track, first, track.lastAt) };
}

/** The person said so: cancelled, or closed what was begun. Worse after failed tries. */
function abandonment(interaction: Interaction, track: FeatureTrack, at: number): Conclusion | undefined {
  if (interaction.kind !== 'abandoned') return undefined;
  const trouble = Math.max(track.attempts, interaction.attemptCount ?? 0) + track.errorTimes.length;
  const began = track.startedAt || track.firstAttemptAt || at - (interaction.timeSpent ?? 0);
  return {
    signalType: 'abandonment',
    severity: trouble >= 3 ? 'high' : trouble >= 1 ? 'medium' : 'low',
    evidence: evidenceOf(track, began, at),
  };
}

function helpSeeking(
  interaction: Interaction,
  track: FeatureTrack,
  settings: JourneySettings,
): Conclusion | undefined {
  if (interaction.kind !== 'help') return undefined;
  const { scale, afterFailure } = settings.helpSeeking;
  const justFailed = track.failedAt > 0 && Math.abs(track.lastAt - track.failedAt) <= afterFailure;
  const severity = severityOf(track.helpTimes.length, scale) ?? (justFailed ? 'low' : undefined);
  if (severity === undefined) return undefined;
  const [first = track.lastAt] = track.helpTimes;
  return { signalType: 'help_seeking', severity, evidence: evidenceOf(track, first, track.lastAt) };
}

/** After the rage-click definition of session-replay products: three quick clicks on one spot. */
function rageClicks(
  interaction: Interaction,
  track: FeatureTrack,
  settings: JourneySettings,
): Conclusion | undefined {
  if (interaction.kind !== 'click') return undefined;
  const severity = severityOf(track.clickTimes.length, settings.rageClicks.scale);
  if (severity === undefined) return undefined;
  const [first = track.lastAt] = track.clickTimes;
  return { signalType: 'rage_clicks', severity, evidence: evidenceOf(track, first, track.lastAt) };
}

function evidenceOf(track: FeatureTrack, from: number, to: number): StruggleEvidence {
  return {
    attemptCount: track.attempts,
    timeSpent: Math.max(0, to - from),
    errorsEncountered: track.errorCodes,
    userActions: track.actions,
  };
}
