import { z } from 'zod';
import { candidate, chosenStrategy } from './decision.js';
import { type Shown, text } from './fields.js';

export const strategyTest = z
  .object({
    enabled: z.boolean().meta({ description: 'Whether it is; what follows is as if it were.' }),
    rules: z.array(
      z.object({
        rule: z.string(),
        holds: z
          .boolean()
          .nullable()
          .meta({ description: 'Whether the rule lets it pass; null where it was not asked.' }),
        reasons: candidate.shape.reasons,
      }),
    ),
    channels: candidate.shape.channels,
    chosen: chosenStrategy.nullable().meta({ description: 'What would be done, by whichever strategy.' }),
    arm: z.enum(['treated', 'holdout']).nullable(),
    would: text('What would be done, in words.'),
  })
  .meta({ id: 'StrategyTest' });
export type StrategyTestModel = Shown<z.infer<typeof strategyTest>>;
