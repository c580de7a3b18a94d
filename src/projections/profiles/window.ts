import { dayOf } from '../time.js';
import { type ProfileDocument, profileBounds } from './document.js';

/** The last days as of one day, summed once for engagement, risk and segment. */
export interface ActivityWindow {
  readonly asOfDay: number;
  /** Days since the last activity, 0–28: more silence changes nothing. */
  readonly silentDays: number;
  /** Days since the person was first seen, that day included: at least 1. */
  readonly ageDays: number;
  /** Days with activity among the last 14, and the last 28. */
  readonly activeDays14: number;
  readonly activeDays28: number;
  /** Events of the last 7 days, and of the 7 before. */
  readonly events7: number;
  readonly eventsBefore7: number;
  /** Over the last 28 days. */
  readonly events28: number;
  readonly succeeded28: number;
  readonly failed28: number;
  readonly abandoned28: number;
  readonly help28: number;
}

/** After so many days of silence the scores stay as they are until the person comes back. */
export const silenceLimit = profileBounds.days;

/** @param asOfDay days after it do not count; at least the day the person was first seen */
export function windowOf(document: ProfileDocument, asOfDay: number): ActivityWindow {
  let activeDays14 = 0;
  let activeDays28 = 0;
  let events7 = 0;
  let eventsBefore7 = 0;
  let events28 = 0;
  let succeeded28 = 0;
  let failed28 = 0;
  let abandoned28 = 0;
  let help28 = 0;
  for (const day of document.days) {
    const age = asOfDay - day.day;
    if (age < 0 || age >= 28) continue;
    activeDays28 += 1;
    if (age < 14) activeDays14 += 1;
    if (age < 7) events7 += day.events;
    else if (age < 14) eventsBefore7 += day.events;
    events28 += day.events;
    succeeded28 += day.succeeded;
    failed28 += day.failed;
    abandoned28 += day.abandoned;
    help28 += day.help;
  }
  return {
    asOfDay,
    silentDays: Math.min(silenceLimit, Math.max(0, asOfDay - dayOf(document.lastActiveAt))),
    ageDays: Math.max(0, asOfDay - dayOf(document.createdAt)) + 1,
    activeDays14,
    activeDays28,
    events7,
    eventsBefore7,
    events28,
    succeeded28,
    failed28,
    abandoned28,
    help28,
  };
}
