import { countOfSketch } from '../distinctSketch.js';
import type { FeatureDocument } from './document.js';

export interface FeatureRates {
  /** Distinct people, estimated (standard error 3.25 %, nearly exact for some hundreds). */
  readonly users: number;
  readonly strugglers: number;
  /** 0–1: successes among successes, failures and abandonments; null where there were none. */
  readonly successRate: number | null;
  /** 0–1: people who struggled with it among those who used it; null where nobody used it. */
  readonly struggleRate: number | null;
  /** Milliseconds; null where no struggle was resolved. */
  readonly averageResolutionTime: number | null;
}

export function featureRatesOf(document: FeatureDocument): FeatureRates {
  const users = countOfSketch(document.users);
  const strugglers = countOfSketch(document.strugglers);
  const outcomes = document.successes + document.failures + document.abandonments;
  return {
    users,
    strugglers,
    successRate: outcomes === 0 ? null : document.successes / outcomes,
    struggleRate: users === 0 ? null : Math.min(1, strugglers / users),
    averageResolutionTime:
      document.strugglesResolved === 0
        ? null
        : Math.round(document.totalResolutionTime / document.strugglesResolved),
  };
}
