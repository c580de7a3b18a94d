import { z } from 'zod';
import type { Shown } from './fields.js';

export const effectGroups = ['version', 'variant', 'channel', 'author', 'day'] as const;
export type EffectGroup = (typeof effectGroups)[number];

const arm = z.object({
  count: z.int().meta({ description: 'Decisions for this arm, whatever became of them.' }),
  reached: z.int().meta({ description: 'Of these, the goal was reached within its window.' }),
  open: z.int().meta({ description: 'Of these, the goal was not reached, and still can be.' }),
  rate: z.number().nullable(),
  low: z.number().nullable().meta({ description: 'Of the 95 % interval of the rate.' }),
  high: z.number().nullable(),
});

export const effect = z
  .object({
    group: z.string().nullable().meta({ description: 'What it is grouped by; null for the whole.' }),
    treated: arm,
    holdout: arm,
    lift: z
      .object({ difference: z.number(), low: z.number(), high: z.number() })
      .nullable()
      .meta({ description: 'Rate of the treated less that of the holdout, with its 95 % interval.' }),
    sample: z.enum(['none', 'small', 'enough']).meta({
      description:
        '`none`: there is no holdout, or nobody was treated. `small`: only a large effect would show.',
    }),
    delivered: z.int().meta({ description: 'Messages that a channel took.' }),
    responses: z.object({ opened: z.int(), seen: z.int(), clicked: z.int(), dismissed: z.int() }),
  })
  .meta({ id: 'Effect' });
export type Effect = Shown<z.infer<typeof effect>>;

export const effects = z.object({
  strategy: z.string(),
  considered: z.int().meta({ description: 'Decisions that were counted, the newest of the period.' }),
  complete: z.boolean().meta({ description: 'Whether these are all of the period.' }),
  total: effect,
  groups: z.array(effect),
});
export type Effects = Shown<z.infer<typeof effects>>;
