import { recurringDocumentId } from '../documentId.js';
import { dayOf, minuteLength, startOf } from '../time.js';
import type { ProfileDocument } from './document.js';

/** Of a person first heard of at `at` (epoch milliseconds). */
export function emptyProfile(tenantId: string, subject: string, at: number): ProfileDocument {
  return {
    id: recurringDocumentId(tenantId, subject),
    tenantId,
    subject,
    userId: null,
    anonymousId: null,
    createdAt: at,
    lastActiveAt: at,
    lastActiveMinute: startOf(minuteLength, at),
    userSegment: 'new_user',
    lifecycleStage: 'onboarding',
    engagementScore: 0,
    riskScore: 0,
    riskLevel: 'LOW',
    assessedDay: dayOf(at),
    traits: [],
    categories: [],
    videoTopics: [],
    features: [],
    days: [],
    totals: {
      events: 0,
      sessions: 0,
      olderSessions: 0,
      olderSessionTime: 0,
      succeeded: 0,
      failed: 0,
      help: 0,
      struggles: 0,
      strugglesResolved: 0,
      delivered: 0,
      clicked: 0,
      dismissed: 0,
    },
    sessions: [],
    openStruggles: [],
    interventions: [],
    linkedSubjects: [],
  };
}
