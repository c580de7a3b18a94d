import { dayLength, dayOf } from '../time.js';
import type { ProfileDocument } from './document.js';
import { engagementOf } from './engagement.js';
import { riskFeaturesOf, riskLevelOf, riskScoreOf } from './riskScore.js';
import { lifecycleStageOf, userSegmentOf } from './segment.js';
import { silenceLimit, windowOf } from './window.js';

/**
 * Brings the scores up to a day (a later one already taken into account holds). Silence counts in whole UTC days, so
 * that the scores depend on the events and on the midnights passed, not on the moment of looking.
 */
export function assess(document: ProfileDocument, day: number): void {
  moveToDay(document, day);
  assessScores(document);
}

/** The day alone: the scores follow when the document is completed. */
export function moveToDay(document: ProfileDocument, day: number): void {
  document.assessedDay = Math.min(lastDayOf(document), Math.max(document.assessedDay, day));
}

function lastDayOf({ lastActiveAt }: ProfileDocument): number {
  return dayOf(lastActiveAt) + silenceLimit;
}

/** The scores as of the document's day. */
export function assessScores(document: ProfileDocument): void {
  const { assessedDay } = document;
  const window = windowOf(document, assessedDay);
  document.riskScore = riskScoreOf(riskFeaturesOf(document, window));
  document.riskLevel = riskLevelOf(document.riskScore);
  document.engagementScore = engagementOf(document, window).score;
  document.userSegment = userSegmentOf(window, document.riskLevel);
  document.lifecycleStage = lifecycleStageOf(window);
  if (assessedDay < lastDayOf(document)) document.nextAssessmentAt = (assessedDay + 1) * dayLength;
  else delete document.nextAssessmentAt;
}
