import { riskFactorsOf } from '../projections/profiles/view.js';
import { type AnalysedContext, contextAnalysisOf } from './contextAnalysis.js';
import { reasonsToAct } from './contextByRules.js';
import type { Insights } from './models/insights.js';
import type { PersonView } from './person.js';
import { profileOf } from './profiles.js';
import { listStrugglesOf } from './struggles.js';

const strugglesShown = 20;

/** What there is to know about a person at a glance. */
export async function insightsOf(person: PersonView, analysed: AnalysedContext): Promise<Insights> {
  const shown = await profileOf(person, person.profile);
  const struggles = await listStrugglesOf(person, { limit: strugglesShown });
  return {
    userId: shown.userId,
    profile: shown,
    struggleSignals: struggles.items,
    risk: shown.riskFactors,
    preferences: shown.preferences,
    contextAnalysis: contextAnalysisOf(person.profile, analysed),
    recommendations: riskFactorsOf(person.profile).recommendedActions.map((action) => ({
      action,
      reason: reasonsToAct[action],
    })),
  };
}
