import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { Severity } from '../../domain/journey/events.js';
import type { JsonValue } from '../../domain/json.js';
import type { LifecycleStage, RiskLevel, UserSegment } from '../../domain/standing.js';
import type { Tally } from '../tally.js';

export const profilesCollection: CollectionDefinition = {
  name: 'profiles',
  indexes: [
    // Those that change with nearly every event are few; a filter goes with one of them or with the order of ids.
    ['tenantId', 'lastActiveMinute'],
    ['tenantId', 'subject'],
    ['tenantId', 'createdAt'],
    ['tenantId', 'riskScore'],
    ['tenantId', 'engagementScore'],
    ['tenantId', 'riskLevel'],
    ['tenantId', 'userSegment'],
    ['tenantId', 'lifecycleStage'],
    ['nextAssessmentAt'],
    // Of forwarded profiles alone.
    ['tenantId', 'linkedTo'],
  ],
};

/** Most entries a document keeps of each kind; `docs/read-models.md` says which one goes when there is one too many. */
export const profileBounds = {
  days: 28,
  features: 100,
  categories: 20,
  videoTopics: 20,
  traits: 50,
  /** Characters of a trait's name, and of its value as JSON text. */
  traitName: 100,
  traitValue: 2048,
  sessions: 8,
  openStruggles: 20,
  interventions: 20,
  linkedSubjects: 50,
} as const;

/**
 * One person. Holds what the profile, the engagement and the exit risk are computed from, and of the results only
 * what lists are filtered and sorted by; `profileViewOf` gives the rest. Times are epoch milliseconds, days are
 * whole UTC days since 1970.
 */
export interface ProfileDocument extends Document {
  readonly tenantId: string;
  readonly subject: string;
  /** Personal: the raw id. Null until the journey's first event has been seen. */
  userId: string | null;
  anonymousId: string | null;
  createdAt: number;
  lastActiveAt: number;
  /** The minute of it, epoch milliseconds: what is indexed does not change with every event. */
  lastActiveMinute: number;

  userSegment: UserSegment;
  lifecycleStage: LifecycleStage;
  /** 0–100. */
  engagementScore: number;
  /** 0–100. */
  riskScore: number;
  riskLevel: RiskLevel;
  /** The day up to which silence has been taken into account. */
  assessedDay: number;
  /** When the scores next change though nothing happens; absent once silence changes nothing any more. */
  nextAssessmentAt?: number;

  readonly traits: Trait[];
  readonly categories: Tally;
  readonly videoTopics: Tally;
  readonly features: FeatureUse[];
  /** Newest first, all within 28 days of the newest. */
  readonly days: DayActivity[];
  readonly totals: ProfileTotals;
  /** Newest start first: kept apart from the totals because a late event may still change them. */
  readonly sessions: RecentSession[];
  /** Oldest first. */
  readonly openStruggles: OpenStruggle[];
  /** Newest proposal first. */
  readonly interventions: InterventionEntry[];
  /** Journeys that turned out to be this person's, by name. */
  readonly linkedSubjects: string[];
}

/** What is left of a journey that turned out to be another person's: stands in no list. */
export interface ForwardedProfile extends Document {
  readonly tenantId: string;
  readonly subject: string;
  readonly linkedTo: string;
}

export type StoredProfile = ProfileDocument | ForwardedProfile;

export function isForwarded(document: StoredProfile): document is ForwardedProfile {
  return 'linkedTo' in document;
}

export interface Trait {
  readonly name: string;
  /** Null where the person's system took the trait back. */
  value: JsonValue;
  at: number;
}

export interface FeatureUse {
  readonly featureId: string;
  count: number;
  firstDay: number;
  lastDay: number;
}

/** What one person did on one UTC day. */
export interface DayActivity {
  readonly day: number;
  events: number;
  succeeded: number;
  /** Failures and errors. */
  failed: number;
  abandoned: number;
  help: number;
}

export interface ProfileTotals {
  events: number;
  sessions: number;
  /** Ended sessions that have left the list of recent ones, and their milliseconds. */
  olderSessions: number;
  olderSessionTime: number;
  succeeded: number;
  failed: number;
  help: number;
  struggles: number;
  strugglesResolved: number;
  delivered: number;
  clicked: number;
  dismissed: number;
}

export interface RecentSession {
  readonly sessionId: string;
  readonly startedAt: number;
  /** Null while open. */
  endedAt: number | null;
}

export interface OpenStruggle {
  readonly struggleId: string;
  readonly featureId: string;
  readonly detectedAt: number;
  severity: Severity;
}

export interface InterventionEntry {
  readonly id: string;
  readonly strategy: string;
  readonly channel: string;
  /** The list is kept by this, newest first. */
  readonly proposedAt: number;
  status: 'proposed' | 'delivered' | 'failed' | 'seen' | 'clicked' | 'dismissed';
  /** When the status was reached. */
  at: number;
}
