import { z } from 'zod';
import { consentChannels } from '../../domain/consent/events.js';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { lifecycleStages, riskLevels, userSegments } from '../../domain/standing.js';
import { count, duration, type Shown, text, time } from './fields.js';

const day = 86_400_000;
const channel = z.enum(consentChannels);

const trigger = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('struggle'),
      signalTypes: z.array(z.enum(signalTypes)).optional(),
      features: z.array(z.string()).optional(),
      minSeverity: z.enum(severities).optional(),
      on: z.enum(['detected', 'escalated']),
    }),
    z.strictObject({ kind: z.literal('risk'), level: z.enum(['MEDIUM', 'HIGH']) }),
    z.strictObject({ kind: z.literal('event'), name: text('Of a tracked event.') }),
    z.strictObject({
      kind: z.literal('absence'),
      after: text('The event that begins the wait.'),
      of: text('The event that is waited for.'),
      within: duration('How long it is waited for.'),
    }),
    z.strictObject({ kind: z.literal('request') }),
  ])
  .meta({ description: 'What the strategy waits for.' });

const goal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('struggle-resolved') }),
  z.strictObject({ kind: z.literal('event'), name: z.string() }),
  z.strictObject({ kind: z.literal('return') }),
]);

const templates = z.record(z.string(), z.strictObject({ title: z.string(), body: z.string() }));
const content = z.strictObject({
  brief: text('What this help is for, as a model is told.'),
  template: z.string().nullable().default(null),
  templates: templates.optional().meta({ description: 'Of its own, by language tag; Liquid.' }),
  tone: z.enum(['gentle', 'direct']).nullable().default(null),
  useModel: z.boolean().default(false),
});
// Without defaults: what a variant leaves out is as in the strategy.
const variantContent = z.strictObject({
  brief: z.string().exactOptional(),
  template: z.string().nullable().exactOptional(),
  templates: templates.optional(),
  tone: z.enum(['gentle', 'direct']).nullable().exactOptional(),
  useModel: z.boolean().exactOptional(),
});

/** The shape alone; what its values must be like is the domain's to say. */
export const strategyDefinition = z.strictObject({
  name: text('For people.'),
  enabled: z.boolean().default(true),
  trigger,
  conditions: z
    .strictObject({
      segments: z.array(z.enum(userSegments)).optional(),
      riskLevels: z.array(z.enum(riskLevels)).optional(),
      stages: z.array(z.enum(lifecycleStages)).optional(),
    })
    .default({})
    .meta({ description: 'All that are named must hold for the person.' }),
  goal,
  goalWindow: duration('Within which, from the decision on, the goal counts as reached.').default(day),
  channels: z.array(channel).meta({ description: 'Those allowed, in your order of preference.' }),
  priority: z
    .number()
    .default(50)
    .meta({ description: '0–100; of several strategies the highest is chosen.' }),
  cooldown: duration('From one help for a feature to the next.').default(day),
  holdout: z
    .number()
    .default(0)
    .meta({ description: 'Share of the people, 0–0.5, who get nothing, to measure against.' }),
  expiresAfter: duration('How long a message is worth showing.').default(7 * day),
  content,
  variants: z
    .array(z.strictObject({ id: z.string(), weight: z.number(), content: variantContent }))
    .default([]),
});

export const strategyBody = z.strictObject({
  version: count('The one that was read; 0 for a new strategy.'),
  ...strategyDefinition.shape,
});

export const strategy = z
  .object({
    id: z.string(),
    version: count('Counts changes; 0 of a built-in one that nobody changed. Send it back to change it.'),
    ...strategyDefinition.shape,
    changedAt: time('When it was last changed.').nullable(),
    changedBy: z.string().nullable().meta({ description: 'The id of the key it was done with.' }),
  })
  .meta({ id: 'Strategy' });
export type StrategyModel = Shown<z.infer<typeof strategy>>;
