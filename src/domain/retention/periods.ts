import { type RetentionCategory, retentionCategories } from './categories.js';

/** Whole days for which events of each category are kept, by when they occurred; null: until they are erased. */
export type RetentionPeriods = Readonly<Record<RetentionCategory, number | null>>;

/** Nobody's data is removed before somebody said how long it is needed. */
export const defaultRetentionPeriods: RetentionPeriods = { activity: null, help: null, rejected: null };

/** A journey's sessions and struggles are over long before their events can be removed. Days. */
export const shortestPeriod = 7;
export const longestPeriod = 36_500;

/** What occurred before this is past its period; epoch milliseconds. A category without one has no end. */
export type Cutoffs = Readonly<Partial<Record<RetentionCategory, number>>>;

const day = 86_400_000;

export function cutoffsAt(now: number, periods: RetentionPeriods): Cutoffs {
  const cutoffs: Partial<Record<RetentionCategory, number>> = {};
  for (const category of retentionCategories) {
    const days = periods[category];
    if (days !== null) cutoffs[category] = now - days * day;
  }
  return cutoffs;
}
