import type { ModelUse } from '../intervention/events.js';

export const levels = ['low', 'medium', 'high'] as const;
export type Level = (typeof levels)[number];
export const trends = ['rising', 'steady', 'falling'] as const;
export const interactionStyles = ['guided', 'self_service', 'assisted'] as const;
export const complexities = ['simple', 'detailed'] as const;
export const tones = ['gentle', 'direct'] as const;

/** What a person wants, how it stands with them, and what could be done for them. */
export interface ContextFindings {
  readonly intent: {
    readonly summary: string;
    /** 0–1. */
    readonly confidence: number;
  };
  readonly engagement: {
    readonly level: Level;
    readonly trend: (typeof trends)[number];
    readonly summary: string;
  };
  /** The weightiest first. */
  readonly riskFactors: readonly { readonly factor: string; readonly severity: Level }[];
  readonly personalisation: {
    readonly interactionStyle: (typeof interactionStyles)[number];
    readonly contentComplexity: (typeof complexities)[number];
    readonly tone: (typeof tones)[number];
    readonly advice: string;
  };
  /** The best first. */
  readonly nextBestActions: readonly { readonly action: string; readonly reason: string }[];
}

/** The same findings with each text in words of its own replaced, by its path. */
export function withTexts(
  findings: ContextFindings,
  replace: (text: string, path: string) => string,
): ContextFindings {
  const { intent, engagement, riskFactors, personalisation, nextBestActions } = findings;
  return {
    intent: { ...intent, summary: replace(intent.summary, 'intent.summary') },
    engagement: { ...engagement, summary: replace(engagement.summary, 'engagement.summary') },
    riskFactors: riskFactors.map((each, at) => ({
      ...each,
      factor: replace(each.factor, `riskFactors.${at}.factor`),
    })),
    personalisation: {
      ...personalisation,
      advice: replace(personalisation.advice, 'personalisation.advice'),
    },
    nextBestActions: nextBestActions.map(({ action, reason }, at) => ({
      action: replace(action, `nextBestActions.${at}.action`),
      reason: replace(reason, `nextBestActions.${at}.reason`),
    })),
  };
}

/** One try of one model. */
export interface AnalysisAttempt extends ModelUse {
  readonly outcome: 'analysed' | 'failed';
  /** Why it was not used, as a code; null where it was. */
  readonly reason: string | null;
  readonly turns: number;
}

export type AnalysisEvent = ContextAnalysed;

/** Models were asked about a person's situation. Recorded whether or not anything came of it: it was spent and disclosed. */
export interface ContextAnalysed {
  readonly type: 'ContextAnalysed';
  readonly data: {
    /** Pseudonym of the person. */
    readonly subject: string;
    /** How many events of the person's the analysis is made from. */
    readonly journeyVersion: number;
    /** Epoch milliseconds. */
    readonly at: number;
    /** Texts sealed. Null where no model gave any that may be used. */
    readonly findings: ContextFindings | null;
    readonly attempts: readonly AnalysisAttempt[];
    /** Kinds of values that a provider was sent, for example `trait:plan`. */
    readonly disclosed: readonly string[];
    /** Why there are no findings, as a code; null where there are. */
    readonly fallbackReason: string | null;
  };
}
