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
  const lastDay = dayOf(document.lastActiveAt) + silenceLimit;
  const asOfDay = Math.min(lastDay, Math.max(document.assessedDay, day));
  const window = windowOf(document, asOfDay);
  document.assessedDay = asOfDay;
  document.riskScore = riskScoreOf(riskFeaturesOf(document, window));
  document.riskLevel = riskLevelOf(document.riskScore);
  document.engagementScore = engagementOf(document, window).score;
  document.userSegment = userSegmentOf(window, document.riskLevel);
  document.lifecycleStage = lifecycleStageOf(window);
  if (asOfDay < lastDay) document.nextAssessmentAt = (asOfDay + 1) * dayLength;
  else delete document.nextAssessmentAt;
}
