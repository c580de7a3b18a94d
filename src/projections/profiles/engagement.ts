import type { ProfileDocument } from './document.js';
import type { ActivityWindow } from './window.js';

/** Each 0–100. */
export interface Engagement {
  readonly score: number;
  readonly recency: number;
  readonly frequency: number;
  readonly depth: number;
  readonly breadth: number;
}

/** Shares of the dimensions in the score; they sum to 1. */
const weights = { recency: 0.3, frequency: 0.3, depth: 0.2, breadth: 0.2 } as const;

/**
 * - recency: 100 on a day of activity, then 7 / (7 + d) of it after d days of silence: half after a week
 * - frequency: active days of the last 28 against 12 (three a week), a newcomer's against the days so far
 * - depth: events an active day, e / (e + 20): 20 events are half of all
 * - breadth: distinct features and categories ever used, b / (b + 4)
 */
export function engagementOf(document: ProfileDocument, window: ActivityWindow): Engagement {
  const { silentDays, activeDays28, events28, ageDays } = window;
  const recency = 7 / (7 + silentDays);
  const frequency = Math.min(1, activeDays28 / Math.min(12, Math.max(3, ageDays)));
  const eventsADay = activeDays28 === 0 ? 0 : events28 / activeDays28;
  const depth = eventsADay / (eventsADay + 20);
  const used = document.features.length + document.categories.length;
  const breadth = used / (used + 4);
  const score =
    weights.recency * recency +
    weights.frequency * frequency +
    weights.depth * depth +
    weights.breadth * breadth;
  return {
    score: percent(score),
    recency: percent(recency),
    frequency: percent(frequency),
    depth: percent(depth),
    breadth: percent(breadth),
  };
}

/** 0–1 to 0–100 with one decimal. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
