import { cut } from '../text.js';
import { unreachable } from '../unreachable.js';
import type { Interaction, InteractionKind } from './events.js';
import type { JourneySettings } from './settings.js';

/** What a person recently did with one feature: the memory of the struggle rules. At most about 1 KB. */
export interface FeatureTrack {
  readonly lastKind: InteractionKind;
  readonly lastAt: number;
  /** Tries without success, no further apart than the window. */
  readonly attempts: number;
  readonly firstAttemptAt: number;
  readonly lastAttemptAt: number;
  /** Times of errors within the window, oldest first, at most 10. */
  readonly errorTimes: readonly number[];
  /** Their codes, at most 10. */
  readonly errorCodes: readonly string[];
  readonly helpTimes: readonly number[];
  readonly failedAt: number;
  readonly clickTarget: string;
  readonly clickTimes: readonly number[];
  /** Session in which the feature was started and not yet completed, empty where none. */
  readonly startedIn: string;
  readonly startedAt: number;
  /** Names of what was done, oldest first, at most 10. */
  readonly actions: readonly string[];
}

/** The name under which interactions without a feature are tracked. */
export const unknownFeature = 'unknown';

const emptyTrack: FeatureTrack = {
  lastKind: 'used',
  lastAt: 0,
  attempts: 0,
  firstAttemptAt: 0,
  lastAttemptAt: 0,
  errorTimes: [],
  errorCodes: [],
  helpTimes: [],
  failedAt: 0,
  clickTarget: '',
  clickTimes: [],
  startedIn: '',
  startedAt: 0,
  actions: [],
};

/** The track after one more interaction. `decide` looks at it to conclude, `evolve` keeps it. */
export function advanceTrack(
  before: FeatureTrack | undefined,
  interaction: Interaction,
  name: string,
  at: number,
  sessionId: string,
  settings: JourneySettings,
): FeatureTrack {
  const track = before ?? emptyTrack;
  const { kind } = interaction;
  const next: { -readonly [K in keyof FeatureTrack]: FeatureTrack[K] } = {
    ...track,
    lastKind: kind,
    lastAt: at,
    actions: appended(track.actions, cut(name, 100)),
  };
  switch (kind) {
    case 'attempted':
      countAttempt(next, track, interaction, at, settings);
      break;
    case 'failed':
      // The failure of a try that was itself reported is that try's outcome, not another one.
      if (track.lastKind !== 'attempted' || interaction.attemptCount !== undefined) {
        countAttempt(next, track, interaction, at, settings);
      }
      next.failedAt = at;
      if (interaction.errorCode !== undefined) countError(next, track, interaction, at, settings);
      break;
    case 'error':
      next.failedAt = at;
      countError(next, track, interaction, at, settings);
      break;
    case 'help':
      next.helpTimes = within(track.helpTimes, at, settings.helpSeeking.window);
      break;
    case 'click':
      next.clickTimes =
        track.clickTarget === interaction.target
          ? burst(track.clickTimes, at, settings.rageClicks.window)
          : [at];
      next.clickTarget = interaction.target ?? '';
      break;
    case 'started':
      next.startedIn = sessionId;
      next.startedAt = at;
      break;
    case 'succeeded':
    case 'abandoned':
      return { ...emptyTrack, lastKind: kind, lastAt: at };
    case 'used':
      break;
    default:
      return unreachable(kind);
  }
  return next;
}

type MutableTrack = { -readonly [K in keyof FeatureTrack]: FeatureTrack[K] };

function countAttempt(
  next: MutableTrack,
  track: FeatureTrack,
  interaction: Interaction,
  at: number,
  settings: JourneySettings,
): void {
  const sameSeries =
    track.attempts > 0 && Math.abs(at - track.lastAttemptAt) <= settings.repeatedAttempts.window;
  next.attempts = Math.max((sameSeries ? track.attempts : 0) + 1, interaction.attemptCount ?? 0);
  next.firstAttemptAt = sameSeries ? Math.min(track.firstAttemptAt, at) : at;
  next.lastAttemptAt = sameSeries ? Math.max(track.lastAttemptAt, at) : at;
}

function countError(
  next: MutableTrack,
  track: FeatureTrack,
  interaction: Interaction,
  at: number,
  settings: JourneySettings,
): void {
  next.errorTimes = within(track.errorTimes, at, settings.errorPattern.window);
  next.errorCodes = appended(track.errorCodes, interaction.errorCode ?? 'unknown').slice(
    -next.errorTimes.length,
  );
}

function within(times: readonly number[], at: number, window: number): readonly number[] {
  return appended(
    times.filter((time) => Math.abs(at - time) <= window),
    at,
  );
}

/** Each no further than the window from the one before it. */
function burst(times: readonly number[], at: number, window: number): readonly number[] {
  const last = times.at(-1);
  return last !== undefined && Math.abs(at - last) <= window ? appended(times, at) : [at];
}

function appended<T>(list: readonly T[], item: T): readonly T[] {
  return list.length < 10 ? [...list, item] : [...list.slice(1), item];
}
