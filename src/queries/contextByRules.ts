import type { ContextFindings, Level } from '../domain/analysis/events.js';
import { readableFeatureName } from '../domain/content/featureName.js';
import type { ProfileDocument } from '../projections/profiles/document.js';
import type { RecommendedAction, RiskFeature } from '../projections/profiles/riskScore.js';
import { type ProfileView, profileViewOf } from '../projections/profiles/view.js';
import { windowOf } from '../projections/profiles/window.js';

/** Why each action is recommended; the risk's largest contributors recommend them. */
export const reasonsToAct: Readonly<Record<RecommendedAction, string>> = {
  'win-back-message': 'The person has been away for some time.',
  'reminder-of-unfinished-work': 'The person does less than the week before.',
  'suggest-a-routine': 'The person comes back on few days.',
  'offer-help-with-struggle': 'The person has struggles that are still open.',
  'check-for-faults': 'Much of what the person tried failed.',
  'simplify-the-task': 'The person gives up much of what was begun.',
  'introduce-more-features': 'The person uses little of what there is.',
};

const factors: Readonly<Record<RiskFeature, string>> = {
  inactivity: 'Has been away.',
  activityDecline: 'Does less than the week before.',
  lowFrequency: 'Comes back on few days.',
  openStruggles: 'Has struggles that are still open.',
  errorRate: 'Much of what was tried failed.',
  abandonmentRate: 'Much of what was begun was given up.',
  shallowUse: 'Uses little of what there is.',
};

const shown = 5;
/** Points of risk from which a contributor is worth naming, weighs, and weighs much. */
const points = { named: 1, medium: 8, high: 20 } as const;

/** What rules can say of a person's situation: an answer wherever no model gives one. */
export function contextByRules(document: ProfileDocument): ContextFindings {
  const profile = profileViewOf(document);
  const { preferences, riskFactors } = profile;
  return {
    intent: intentOf(document),
    engagement: engagementOf(document, profile),
    riskFactors: riskFactors.riskContributors
      .filter(({ contribution }) => contribution >= points.named)
      .slice(0, shown)
      .map(({ feature, contribution }) => ({ factor: factors[feature], severity: weightOf(contribution) })),
    personalisation: {
      interactionStyle: preferences.preferredInteractionStyle ?? 'guided',
      contentComplexity: preferences.contentComplexity,
      tone: document.openStruggles.some(({ severity }) => severity === 'high' || severity === 'critical')
        ? 'direct'
        : 'gentle',
      advice: `Send messages with ${preferences.notificationFrequency} frequency.`,
    },
    nextBestActions: riskFactors.recommendedActions
      .slice(0, shown)
      .map((action) => ({ action, reason: reasonsToAct[action] })),
  };
}

/** Confidence is rough: an open struggle says more than the last thing that was used. */
function intentOf({ openStruggles, features }: ProfileDocument): ContextFindings['intent'] {
  const struggle = openStruggles.at(-1);
  if (struggle !== undefined)
    return { summary: `Get on with ${named(struggle.featureId)} in spite of trouble.`, confidence: 0.6 };
  const [latest] = [...features].sort((a, b) => b.lastDay - a.lastDay || b.count - a.count);
  if (latest !== undefined) return { summary: `Use ${named(latest.featureId)}.`, confidence: 0.3 };
  return { summary: 'Not known yet.', confidence: 0 };
}

function named(featureId: string): string {
  const name = readableFeatureName(featureId);
  return name === undefined ? 'what was used last' : `“${name}”`;
}

function engagementOf(document: ProfileDocument, { engagement }: ProfileView): ContextFindings['engagement'] {
  const { events7, eventsBefore7, activeDays14 } = windowOf(document, document.assessedDay);
  const { score } = engagement;
  return {
    level: score < 30 ? 'low' : score < 60 ? 'medium' : 'high',
    trend: events7 > eventsBefore7 * 1.2 ? 'rising' : events7 < eventsBefore7 * 0.8 ? 'falling' : 'steady',
    summary: `Active on ${activeDays14} of 14 days; ${events7} events in the last week, ${eventsBefore7} in the one before.`,
  };
}

function weightOf(contribution: number): Level {
  return contribution >= points.high ? 'high' : contribution >= points.medium ? 'medium' : 'low';
}
