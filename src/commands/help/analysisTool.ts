import { z } from 'zod';
import { complexities, interactionStyles, levels, tones, trends } from '../../domain/analysis/events.js';

const text = (longest: number) => z.string().trim().min(1).max(longest);
const findings = z.strictObject({
  intent: z.strictObject({ summary: text(300), confidence: z.number().min(0).max(1) }),
  engagement: z.strictObject({ level: z.enum(levels), trend: z.enum(trends), summary: text(300) }),
  riskFactors: z.array(z.strictObject({ factor: text(200), severity: z.enum(levels) })).max(5),
  personalisation: z.strictObject({
    interactionStyle: z.enum(interactionStyles),
    contentComplexity: z.enum(complexities),
    tone: z.enum(tones),
    advice: text(300),
  }),
  nextBestActions: z.array(z.strictObject({ action: text(200), reason: text(200) })).max(5),
});

/** What a model answers with. */
export const analysisTool = {
  name: 'report_analysis',
  description: 'Hands over the analysis.',
  answer: findings,
};
