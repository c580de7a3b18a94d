import { z } from 'zod';
import { complexities, interactionStyles, levels, tones, trends } from '../../domain/analysis/events.js';
import { rate, type Shown, text, time } from './fields.js';

const words = (description: string) => text(description).nullable();

/** The person's situation, and what could be done for them. Texts are null where they are masked. */
export const contextAnalysis = z
  .object({
    source: z.enum(['model', 'rules']).meta({ description: 'Who says so.' }),
    model: z.string().nullable().meta({ description: '`<provider>:<model>`; null by rules.' }),
    promptVersion: z.int().nullable(),
    analysedAt: time('What is known up to then.'),
    fallbackReason: z
      .string()
      .nullable()
      .meta({ description: 'Why no model says so, as a code; null where one does.' }),
    intent: z.object({
      summary: words('What the person wants to get done.'),
      confidence: rate('How sure that is.'),
    }),
    engagement: z.object({
      level: z.enum(levels),
      trend: z.enum(trends),
      summary: words('In words.'),
    }),
    riskFactors: z
      .array(z.object({ factor: words('What may make them leave.'), severity: z.enum(levels) }))
      .meta({ description: 'The weightiest first.' }),
    personalisation: z.object({
      interactionStyle: z.enum(interactionStyles),
      contentComplexity: z.enum(complexities),
      tone: z.enum(tones),
      advice: words('How they are best spoken to.'),
    }),
    nextBestActions: z
      .array(z.object({ action: words('What to do.'), reason: words('Why.') }))
      .meta({ description: 'The best first.' }),
  })
  .meta({ id: 'ContextAnalysis' });
export type ContextAnalysis = Shown<z.infer<typeof contextAnalysis>>;
