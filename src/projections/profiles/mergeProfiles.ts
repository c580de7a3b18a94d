import { addToTopTally } from '../tally.js';
import { addFeatureUse, dayActivity } from './activity.js';
import { type ProfileDocument, type ProfileTotals, profileBounds } from './document.js';
import { putIntervention } from './interventionHistory.js';
import { putSession } from './profileSessions.js';
import { putOpenStruggle } from './struggleList.js';
import { addTrait } from './traits.js';

/**
 * Adds what was gathered under an earlier identity to the person it belongs to. Within the bounds the result is the
 * same as if all of it had been the person's from the start.
 */
export function mergeInto(document: ProfileDocument, earlier: ProfileDocument): void {
  document.createdAt = Math.min(document.createdAt, earlier.createdAt);
  document.lastActiveAt = Math.max(document.lastActiveAt, earlier.lastActiveAt);
  document.lastActiveMinute = Math.max(document.lastActiveMinute, earlier.lastActiveMinute);
  document.assessedDay = Math.max(document.assessedDay, earlier.assessedDay);
  document.anonymousId = firstByName(document.anonymousId, earlier.anonymousId);
  addTotals(document.totals, earlier.totals);
  mergeDays(document, earlier);
  for (const { name, value, at } of earlier.traits) addTrait(document.traits, name, value, at);
  for (const { name, count } of earlier.categories)
    addToTopTally(document.categories, name, count, profileBounds.categories);
  for (const { name, count } of earlier.videoTopics)
    addToTopTally(document.videoTopics, name, count, profileBounds.videoTopics);
  for (const use of earlier.features)
    addFeatureUse(document.features, use.featureId, use.firstDay, use.lastDay, use.count);
  for (const session of earlier.sessions) putSession(document, session);
  for (const struggle of earlier.openStruggles) putOpenStruggle(document, struggle);
  for (const entry of earlier.interventions) putIntervention(document, entry);
  addLinkedSubject(document, earlier.subject);
  for (const subject of earlier.linkedSubjects) addLinkedSubject(document, subject);
}

/** Beyond the bound the last by name is left out. */
export function addLinkedSubject({ linkedSubjects }: ProfileDocument, subject: string): void {
  if (linkedSubjects.includes(subject)) return;
  linkedSubjects.push(subject);
  linkedSubjects.sort();
  if (linkedSubjects.length > profileBounds.linkedSubjects) linkedSubjects.pop();
}

/** Of several anonymous ids, the one that does not depend on which link was recorded first. */
function firstByName(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function addTotals(totals: ProfileTotals, added: ProfileTotals): void {
  for (const name of Object.keys(added) as (keyof ProfileTotals)[]) totals[name] += added[name];
}

function mergeDays(document: ProfileDocument, earlier: ProfileDocument): void {
  for (const added of earlier.days) {
    const day = dayActivity(document.days, added.day);
    if (day === undefined) continue;
    day.events += added.events;
    day.succeeded += added.succeeded;
    day.failed += added.failed;
    day.abandoned += added.abandoned;
    day.help += added.help;
  }
}
