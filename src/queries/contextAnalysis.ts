import type { ContextAnalysed } from '../domain/analysis/events.js';
import type { ProfileDocument } from '../projections/profiles/document.js';
import { riskFactorsOf } from '../projections/profiles/view.js';
import { contextByRules } from './contextByRules.js';
import type { ContextAnalysis } from './models/contextAnalysis.js';
import { isoTime } from './models/fields.js';

export interface AnalysedContext {
  /** Texts sealed; null where no model's analysis holds. */
  readonly analysed: ContextAnalysed['data'] | null;
  /** Why there is none, as a code. */
  readonly reason: string | null;
}

/** How much is known of a person: an analysis by a model stands until this changes. */
export function journeyVersionOf({ totals }: ProfileDocument): number {
  return totals.events;
}

/** By a model where one's analysis holds, else by rules. */
export function contextAnalysisOf(
  profile: ProfileDocument,
  { analysed, reason }: AnalysedContext,
): ContextAnalysis {
  const attempt = analysed?.attempts.find(({ outcome }) => outcome === 'analysed');
  if (analysed?.findings && attempt !== undefined) {
    const { provider, model, promptVersion } = attempt;
    return {
      ...{ source: 'model', model: `${provider}:${model}`, promptVersion, fallbackReason: null },
      analysedAt: isoTime(analysed.at),
      ...analysed.findings,
    };
  }
  return {
    ...{ source: 'rules', model: null, promptVersion: null, fallbackReason: reason },
    analysedAt: isoTime(riskFactorsOf(profile).lastRiskAssessment),
    ...contextByRules(profile),
  };
}
