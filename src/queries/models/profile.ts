import { z } from 'zod';
import { lifecycleStages, riskLevels, userSegments } from '../../domain/standing.js';
import { interventionStatuses } from '../../projections/interventions/document.js';

import { riskFeatureNames } from '../../projections/profiles/riskScore.js';
import { consentStatus } from './consents.js';
import { count, duration, jsonObject, rate, type Shown, score, time, userId } from './fields.js';

export const riskFactors = z
  .object({
    exitRiskScore: score('How likely the person is to leave.'),
    exitRiskLevel: z.enum(riskLevels).meta({ description: 'LOW < 30 ≤ MEDIUM < 60 ≤ HIGH.' }),
    lastRiskAssessment: time('Up to when activity and silence have been taken into account.'),
    riskContributors: z.array(
      z.object({
        feature: z.enum(riskFeatureNames),
        value: rate('The feature, higher is worse.'),
        contribution: z.number().meta({ description: 'Points it adds to the score.' }),
      }),
    ),
    recommendedActions: z.array(z.string()),
    model: z.object({ name: z.string(), version: z.int() }),
  })
  .meta({ id: 'RiskFactors' });

export const preferences = z
  .object({
    contentCategories: z.array(z.string()),
    videoTopics: z.array(z.string()),
    preferredInteractionStyle: z
      .enum(['guided', 'self_service', 'assisted'])
      .nullable()
      .meta({ description: 'Null until there is enough to judge by.' }),
    communicationChannels: z.array(z.string()),
    notificationFrequency: z.enum(['high', 'medium', 'low']),
    contentComplexity: z.enum(['simple', 'detailed']),
  })
  .meta({ id: 'Preferences' });

export const profile = z
  .object({
    userId,
    anonymousId: z
      .string()
      .nullable()
      .meta({ description: 'Of a visitor who never gave a user id; null otherwise.' }),
    createdAt: time('When the first event occurred.'),
    lastActiveAt: time('When the latest event occurred.'),
    userSegment: z.enum(userSegments),
    lifecycleStage: z.enum(lifecycleStages),
    traits: jsonObject('The traits last identified, by name.'),
    demographics: z.object({ ageGroup: z.string().nullable() }),
    preferences,
    behaviorMetrics: z.object({
      totalSessions: count('Sessions ever started.'),
      avgSessionDuration: duration('Mean over ended sessions.'),
      featureAdoptionRate: rate('Of the features used, those used on more than one day.'),
      featuresUsed: z.array(z.string()).meta({ description: 'Latest used first.' }),
      tasksCompleted: count('Successes.'),
      supportInteractionCount: count('Requests for help.'),
    }),
    engagement: z.object({
      score: score('Weighted mean of the four dimensions.'),
      recency: score('How recently active.'),
      frequency: score('How often active.'),
      depth: score('How much is done on an active day.'),
      breadth: score('How many features and categories are used.'),
    }),
    riskFactors,
    consentStatus,
    interventionHistory: z
      .array(
        z.object({
          id: z.string(),
          strategy: z.string(),
          channel: z.string(),
          status: z.enum(interventionStatuses),
          at: time('Of the status.'),
        }),
      )
      .meta({ description: 'The newest 20, newest first.' }),
  })
  .meta({ id: 'Profile' });
export type Profile = Shown<z.infer<typeof profile>>;

export const personRisk = z.object({ userId, ...riskFactors.shape }).meta({ id: 'PersonRisk' });
export type PersonRisk = Shown<z.infer<typeof personRisk>>;
