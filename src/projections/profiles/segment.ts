import type { LifecycleStage, RiskLevel, UserSegment } from '../../domain/standing.js';

import { type ActivityWindow, silenceLimit } from './window.js';

/** Days a person counts as new, the first one included. */
const newDays = 7;
/** Days of silence after which a person is at risk whatever the score. */
const quietDays = 14;

export function userSegmentOf({ silentDays, ageDays }: ActivityWindow, riskLevel: RiskLevel): UserSegment {
  if (silentDays >= silenceLimit) return 'churned';
  if (silentDays >= quietDays) return 'at_risk';
  if (ageDays <= newDays) return 'new_user';
  return riskLevel === 'HIGH' ? 'at_risk' : 'active_user';
}

/**
 * dormant: 28 days of silence. declining: 14 days of it, or less than half of the week before, once past the first
 * two weeks. onboarding: the first 7 days. exploring: up to 28 days, or active on fewer than 4 of the last 28.
 */
export function lifecycleStageOf(window: ActivityWindow): LifecycleStage {
  const { silentDays, ageDays, events7, eventsBefore7, activeDays28 } = window;
  if (silentDays >= silenceLimit) return 'dormant';
  if (silentDays >= quietDays) return 'declining';
  if (ageDays <= newDays) return 'onboarding';
  if (ageDays > 14 && events7 * 2 < eventsBefore7) return 'declining';
  return ageDays <= 28 || activeDays28 < 4 ? 'exploring' : 'established';
}
