import type { Severity } from './events.js';

const minute = 60_000;

/** From this count on, this severity. Ascending. */
export type SeverityScale = readonly { readonly from: number; readonly severity: Severity }[];

/** Thresholds of the rules, the same for everyone in a tenant. Durations in milliseconds. */
export interface JourneySettings {
  /** A session is over when the next event is later than this after its last one. */
  readonly sessionTimeout: number;
  /** A struggle that shows no new sign for this long is not continued: the next sign is a new struggle. */
  readonly struggleMemory: number;
  readonly repeatedAttempts: {
    /** Tries further apart than this are not one series. */
    readonly window: number;
    readonly scale: SeverityScale;
  };
  readonly errorPattern: {
    readonly window: number;
    readonly scale: SeverityScale;
    /** The same error code this often is a pattern even below the scale. */
    readonly sameCode: number;
  };
  readonly helpSeeking: {
    readonly window: number;
    readonly scale: SeverityScale;
    /** One request for help counts when it comes this soon after a failure. */
    readonly afterFailure: number;
  };
  readonly rageClicks: {
    /** Clicks on one target further apart than this are not one burst. */
    readonly window: number;
    readonly scale: SeverityScale;
  };
}

export const defaultJourneySettings: JourneySettings = {
  sessionTimeout: 30 * minute,
  struggleMemory: 24 * 60 * minute,
  repeatedAttempts: {
    window: 30 * minute,
    scale: [
      { from: 2, severity: 'low' },
      { from: 3, severity: 'medium' },
      { from: 5, severity: 'high' },
      { from: 8, severity: 'critical' },
    ],
  },
  errorPattern: {
    window: 10 * minute,
    scale: [
      { from: 3, severity: 'medium' },
      { from: 5, severity: 'high' },
      { from: 8, severity: 'critical' },
    ],
    sameCode: 2,
  },
  helpSeeking: {
    window: 10 * minute,
    scale: [
      { from: 2, severity: 'low' },
      { from: 3, severity: 'medium' },
      { from: 5, severity: 'high' },
    ],
    afterFailure: 5 * minute,
  },
  rageClicks: {
    window: 1000,
    scale: [
      { from: 3, severity: 'low' },
      { from: 5, severity: 'medium' },
      { from: 8, severity: 'high' },
    ],
  },
};

/** The highest step reached, undefined below the first. */
export function severityOf(count: number, scale: SeverityScale): Severity | undefined {
  let reached: Severity | undefined;
  for (const step of scale) {
    if (count < step.from) break;
    reached = step.severity;
  }
  return reached;
}
