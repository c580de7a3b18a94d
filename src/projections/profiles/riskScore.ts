import type { RiskLevel } from '../../domain/standing.js';
import { dayOf } from '../time.js';
import type { ProfileDocument } from './document.js';
import { type ActivityWindow, silenceLimit, windowOf } from './window.js';

/** The rule that scores until a trained model does; raised when a feature, a weight or a level changes. */
export const riskModel = { name: 'additive-rule', version: 1 } as const;

export const riskFeatureNames = [
  'inactivity',
  'activityDecline',
  'lowFrequency',
  'openStruggles',
  'errorRate',
  'abandonmentRate',
  'shallowUse',
] as const;
export type RiskFeature = (typeof riskFeatureNames)[number];
/** Each 0–1, higher is worse. */
export type RiskFeatures = Readonly<Record<RiskFeature, number>>;

/** Points each feature adds at its worst. Together over 100 on purpose: the score is cut there. */
export const riskWeights: Readonly<Record<RiskFeature, number>> = {
  inactivity: 40,
  activityDecline: 5,
  lowFrequency: 15,
  openStruggles: 30,
  errorRate: 10,
  abandonmentRate: 10,
  shallowUse: 30,
};

const severityWeights = { low: 0.25, medium: 0.5, high: 0.75, critical: 1 } as const;

export interface RiskAssessment {
  readonly model: typeof riskModel;
  /** 0–100, one decimal. */
  readonly score: number;
  readonly level: RiskLevel;
  /** All seven, the largest contribution first. Contributions are points and sum to the score, unless cut at 100. */
  readonly contributors: readonly RiskContributor[];
  readonly recommendedActions: readonly RecommendedAction[];
}

export interface RiskContributor {
  readonly feature: RiskFeature;
  /** 0–1. */
  readonly value: number;
  readonly contribution: number;
}

export type RecommendedAction =
  | 'win-back-message'
  | 'reminder-of-unfinished-work'
  | 'suggest-a-routine'
  | 'offer-help-with-struggle'
  | 'check-for-faults'
  | 'simplify-the-task'
  | 'introduce-more-features';

const actionFor: Readonly<Record<RiskFeature, RecommendedAction>> = {
  inactivity: 'win-back-message',
  activityDecline: 'reminder-of-unfinished-work',
  lowFrequency: 'suggest-a-routine',
  openStruggles: 'offer-help-with-struggle',
  errorRate: 'check-for-faults',
  abandonmentRate: 'simplify-the-task',
  shallowUse: 'introduce-more-features',
};

/**
 * The exit risk as of a moment (epoch milliseconds), by what the document holds. A document that has seen events after
 * `asOf` is no state of that moment: fold up to it instead (`foldProfile`).
 */
export function assessRisk(document: ProfileDocument, asOf: number): RiskAssessment {
  const asOfDay = Math.min(dayOf(asOf), dayOf(document.lastActiveAt) + silenceLimit);
  const features = riskFeaturesOf(document, windowOf(document, asOfDay));
  const score = riskScoreOf(features);
  const contributors = riskFeatureNames
    .map((feature) => ({
      feature,
      value: round(features[feature], 1000),
      contribution: round(features[feature] * riskWeights[feature], 10),
    }))
    .sort((a, b) => b.contribution - a.contribution);
  return {
    model: riskModel,
    score,
    level: riskLevelOf(score),
    contributors,
    recommendedActions: recommendedActionsFor(contributors),
  };
}

/** For the three largest contributions of at least 5 points. */
function recommendedActionsFor(contributors: readonly RiskContributor[]): RecommendedAction[] {
  return contributors
    .slice(0, 3)
    .filter(({ contribution }) => contribution >= 5)
    .map(({ feature }) => actionFor[feature]);
}

/**
 * - inactivity: d / (d + 5) after d days of silence: half after five days
 * - activityDecline: by how much the last 7 days' events fall short of the 7 days' before; 1 where both are silent
 * - lowFrequency: active days of the last 14 (a newcomer's days so far) short of every second day
 * - openStruggles: those of the last 28 days by severity (0.25, 0.5, 0.75, 1), full at 2
 * - errorRate, abandonmentRate: of the last 28 days, smoothed by five good outcomes so that one slip is no rate
 * - shallowUse: 15 events an active day and 3 features or categories count as deep; half of it each
 */
export function riskFeaturesOf(document: ProfileDocument, window: ActivityWindow): RiskFeatures {
  const { silentDays, activeDays14, activeDays28, ageDays, events7, eventsBefore7, events28 } = window;
  const { succeeded28, failed28, abandoned28 } = window;
  const eventsADay = activeDays28 === 0 ? 0 : events28 / activeDays28;
  const breadth = document.features.length + document.categories.length;
  return {
    inactivity: silentDays / (silentDays + 5),
    activityDecline: eventsBefore7 === 0 ? (events7 === 0 ? 1 : 0) : Math.max(0, 1 - events7 / eventsBefore7),
    lowFrequency: Math.max(0, 1 - activeDays14 / Math.ceil(Math.min(14, ageDays) / 2)),
    openStruggles: openStruggleLoad(document, window.asOfDay),
    errorRate: failed28 / (failed28 + succeeded28 + 5),
    abandonmentRate: abandoned28 / (abandoned28 + succeeded28 + 5),
    shallowUse: 1 - Math.min(1, eventsADay / 15) / 2 - Math.min(1, breadth / 3) / 2,
  };
}

function openStruggleLoad({ openStruggles }: ProfileDocument, asOfDay: number): number {
  let load = 0;
  for (const { detectedAt, severity } of openStruggles) {
    if (asOfDay - dayOf(detectedAt) < silenceLimit) load += severityWeights[severity];
  }
  return Math.min(1, load / 2);
}

export function riskScoreOf(features: RiskFeatures): number {
  let points = 0;
  for (const name of riskFeatureNames) points += features[name] * riskWeights[name];
  return round(Math.min(100, points), 10);
}

export function riskLevelOf(score: number): RiskLevel {
  return score < riskScores.MEDIUM.gte ? 'LOW' : score < riskScores.HIGH.gte ? 'MEDIUM' : 'HIGH';
}

/** The scores of each level. */
export const riskScores = {
  LOW: { gte: 0, lt: 30 },
  MEDIUM: { gte: 30, lt: 60 },
  HIGH: { gte: 60, lte: 100 },
} as const;

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
