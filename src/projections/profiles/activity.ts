import type { UserEvent } from '../../domain/journey/events.js';
import type { JsonValue } from '../../domain/json.js';
import { addToTopTally } from '../tally.js';
import { dayOf } from '../time.js';
import { type DayActivity, type FeatureUse, type ProfileDocument, profileBounds } from './document.js';
import { addTraits } from './traits.js';

/** What a person did, counted where it belongs by the time it happened: the order of events does not matter. */
export function addActivity(document: ProfileDocument, event: UserEvent, at: number): void {
  const { data } = event;
  const { totals } = document;
  const day = dayOf(at);
  const activity = dayActivity(document.days, day);
  totals.events += 1;
  if (activity !== undefined) activity.events += 1;
  switch (data.interaction?.kind) {
    case 'succeeded':
      totals.succeeded += 1;
      if (activity !== undefined) activity.succeeded += 1;
      break;
    case 'failed':
    case 'error':
      totals.failed += 1;
      if (activity !== undefined) activity.failed += 1;
      break;
    case 'abandoned':
      if (activity !== undefined) activity.abandoned += 1;
      break;
    case 'help':
      totals.help += 1;
      if (activity !== undefined) activity.help += 1;
      break;
  }
  const featureId = data.interaction?.featureId;
  if (featureId !== undefined) addFeatureUse(document.features, featureId, day, day, 1);
  addInterests(document, event);
  if (data.traits !== undefined) addTraits(document.traits, data.traits, at);
}

/**
 * The counts of a day, made where missing; undefined for a day 28 days or more before the newest, which no longer
 * counts. The list is kept newest first.
 */
export function dayActivity(days: DayActivity[], day: number): DayActivity | undefined {
  let at = 0;
  for (; at < days.length; at++) {
    const present = days[at] as DayActivity;
    if (present.day === day) return present;
    if (present.day < day) break;
  }
  const newest = Math.max(days[0]?.day ?? day, day);
  if (day <= newest - profileBounds.days) return undefined;
  const added: DayActivity = { day, events: 0, succeeded: 0, failed: 0, abandoned: 0, help: 0 };
  days.splice(at, 0, added);
  while ((days[days.length - 1] as DayActivity).day <= newest - profileBounds.days) days.pop();
  return added;
}

/** Beyond the bound the feature not used for longest goes; of several, the least used, then the last by name. */
export function addFeatureUse(
  features: FeatureUse[],
  featureId: string,
  firstDay: number,
  lastDay: number,
  count: number,
): void {
  for (const use of features) {
    if (use.featureId !== featureId) continue;
    use.count += count;
    if (firstDay < use.firstDay) use.firstDay = firstDay;
    if (lastDay > use.lastDay) use.lastDay = lastDay;
    return;
  }
  features.push({ featureId, count, firstDay, lastDay });
  if (features.length > profileBounds.features) features.splice(indexOfStalest(features), 1);
}

function indexOfStalest(features: readonly FeatureUse[]): number {
  let stalest = 0;
  for (let i = 1; i < features.length; i++) {
    const a = features[i] as FeatureUse;
    const b = features[stalest] as FeatureUse;
    const order = a.lastDay - b.lastDay || a.count - b.count || (a.featureId > b.featureId ? -1 : 1);
    if (order < 0) stalest = i;
  }
  return stalest;
}

function addInterests(document: ProfileDocument, { data }: UserEvent): void {
  const { properties } = data;
  if (data.video === undefined) {
    const category = text(data.category) ?? text(properties?.category);
    if (category !== undefined) addToTopTally(document.categories, category, 1, profileBounds.categories);
  } else {
    const topic = text(properties?.genre) ?? text(properties?.topic) ?? text(properties?.category);
    if (topic !== undefined) addToTopTally(document.videoTopics, topic, 1, profileBounds.videoTopics);
  }
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 100) : undefined;
}
