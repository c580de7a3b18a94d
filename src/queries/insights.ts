import type { RecommendedAction } from '../projections/profiles/riskScore.js';
import { riskFactorsOf } from '../projections/profiles/view.js';
import type { Insights } from './models/insights.js';
import type { PersonView } from './person.js';
import { profileOf } from './profiles.js';
import { listStrugglesOf } from './struggles.js';

const strugglesShown = 20;

/** Why each action is recommended; the risk's largest contributors recommend them. */
const reasons: Readonly<Record<RecommendedAction, string>> = {
  'win-back-message': 'The person has been away for some time.',
  'reminder-of-unfinished-work': 'The person does less than the week before.',
  'suggest-a-routine': 'The person comes back on few days.',
  'offer-help-with-struggle': 'The person has struggles that are still open.',
  'check-for-faults': 'Much of what the person tried failed.',
  'simplify-the-task': 'The person gives up much of what was begun.',
  'introduce-more-features': 'The person uses little of what there is.',
};

/** What there is to know about a person at a glance. */
export async function insightsOf(person: PersonView): Promise<Insights> {
  const shown = await profileOf(person, person.profile);
  const struggles = await listStrugglesOf(person, { limit: strugglesShown });
  return {
    userId: shown.userId,
    profile: shown,
    struggleSignals: struggles.items,
    risk: shown.riskFactors,
    preferences: shown.preferences,
    recommendations: riskFactorsOf(person.profile).recommendedActions.map((action) => ({
      action,
      reason: reasons[action],
    })),
  };
}
