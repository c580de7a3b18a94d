import type { AgeGroup } from '../../domain/privacy/ageGroup.js';
import type { LifecycleStage, RiskLevel, UserSegment } from '../../domain/standing.js';
import { dayLength } from '../time.js';
import { ageGroupOf } from './ageGroup.js';
import type { InterventionEntry, ProfileDocument, Trait } from './document.js';
import { type Engagement, engagementOf } from './engagement.js';
import { type Preferences, preferencesOf } from './preferences.js';
import { averageSessionDuration } from './profileSessions.js';
import { assessRisk, type RecommendedAction, type RiskContributor, type riskModel } from './riskScore.js';
import { windowOf } from './window.js';

/** The profile as clients see it, but for times, which are epoch milliseconds here. */
export interface ProfileView {
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly createdAt: number;
  readonly lastActiveAt: number;
  readonly userSegment: UserSegment;
  readonly lifecycleStage: LifecycleStage;
  readonly traits: readonly Omit<Trait, 'at'>[];
  readonly demographics: { readonly ageGroup: AgeGroup | null };
  readonly preferences: Preferences;
  readonly behaviorMetrics: BehaviorMetrics;
  readonly engagement: Engagement;
  readonly riskFactors: RiskFactors;
  readonly interventionHistory: readonly Omit<InterventionEntry, 'proposedAt'>[];
}

export interface BehaviorMetrics {
  readonly totalSessions: number;
  /** Milliseconds, over ended sessions. */
  readonly avgSessionDuration: number;
  /** 0–1: of the features used, those used on more than one day. 0 where none was used. */
  readonly featureAdoptionRate: number;
  /** Latest used first. */
  readonly featuresUsed: readonly string[];
  readonly tasksCompleted: number;
  readonly supportInteractionCount: number;
}

export interface RiskFactors {
  readonly exitRiskScore: number;
  readonly exitRiskLevel: RiskLevel;
  /** Up to when activity and silence have been taken into account. */
  readonly lastRiskAssessment: number;
  readonly riskContributors: readonly RiskContributor[];
  readonly recommendedActions: readonly RecommendedAction[];
  readonly model: typeof riskModel;
}

export function profileViewOf(document: ProfileDocument): ProfileView {
  const assessedAt = assessedAtOf(document);
  return {
    userId: document.userId,
    anonymousId: document.anonymousId,
    createdAt: document.createdAt,
    lastActiveAt: document.lastActiveAt,
    userSegment: document.userSegment,
    lifecycleStage: document.lifecycleStage,
    traits: document.traits.filter(({ value }) => value !== null).map(({ name, value }) => ({ name, value })),
    demographics: { ageGroup: ageGroupOf(document.traits, assessedAt) },
    preferences: preferencesOf(document),
    behaviorMetrics: behaviorMetricsOf(document),
    engagement: engagementOf(document, windowOf(document, document.assessedDay)),
    riskFactors: riskFactorsOf(document),
    interventionHistory: document.interventions.map(({ id, strategy, channel, status, at }) => ({
      id,
      strategy,
      channel,
      status,
      at,
    })),
  };
}

export function riskFactorsOf(document: ProfileDocument): RiskFactors {
  const assessedAt = assessedAtOf(document);
  const assessment = assessRisk(document, assessedAt);
  return {
    exitRiskScore: assessment.score,
    exitRiskLevel: assessment.level,
    lastRiskAssessment: assessedAt,
    riskContributors: assessment.contributors,
    recommendedActions: assessment.recommendedActions,
    model: assessment.model,
  };
}

/** The last activity, or the last midnight of silence that was taken into account. */
function assessedAtOf({ assessedDay, lastActiveAt }: ProfileDocument): number {
  return Math.max(lastActiveAt, assessedDay * dayLength);
}

function behaviorMetricsOf(document: ProfileDocument): BehaviorMetrics {
  const { features, totals } = document;
  const adopted = features.filter(({ firstDay, lastDay }) => lastDay > firstDay).length;
  return {
    totalSessions: totals.sessions,
    avgSessionDuration: averageSessionDuration(document),
    featureAdoptionRate: features.length === 0 ? 0 : adopted / features.length,
    featuresUsed: [...features]
      .sort((a, b) => b.lastDay - a.lastDay || (a.featureId < b.featureId ? -1 : 1))
      .map(({ featureId }) => featureId),
    tasksCompleted: totals.succeeded,
    supportInteractionCount: totals.help,
  };
}
