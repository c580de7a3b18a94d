import { z } from 'zod';
import { knowledgeBounds } from '../../domain/knowledge/faults.js';
import { count, type Shown, text, time } from './fields.js';

const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/, 'must be a language tag, such as de or pt-BR');

const content = {
  title: z.string().trim().min(1).max(knowledgeBounds.title),
  text: z.string().trim().min(1).max(knowledgeBounds.text).meta({ description: 'Plain text.' }),
  language,
  features: z
    .array(z.string().min(1).max(knowledgeBounds.feature))
    .max(knowledgeBounds.features)
    .meta({ description: 'Ids of the features it is about; empty: of any.' }),
};

const version = count(
  'Counts the changes of the document. Send back the one that was read; 0 for a new one.',
);

export const knowledgeBody = z.strictObject({ version, ...content, features: content.features.default([]) });

export const knowledgeDocument = z
  .object({
    id: text("The tenant's own."),
    version,
    ...content,
    changedAt: time('When it was last changed.'),
    changedBy: text('The id of the key it was done with.'),
  })
  .meta({ id: 'KnowledgeDocument' });
export type KnowledgeModel = Shown<z.infer<typeof knowledgeDocument>>;

export const foundKnowledge = z
  .object({
    documentId: text('Of a document, or of the strategy that past help came from.'),
    version: count('Of the document or the strategy.'),
    title: z.string(),
    excerpt: text('The part that fits best.'),
    score: z.number().meta({ description: 'Says something only beside the scores of the same search.' }),
    source: z.enum(['document', 'past-help']),
    effect: z
      .object({ lift: z.number(), low: z.number(), high: z.number() })
      .nullable()
      .meta({ description: 'Of past help: how much more people reached the goal, with the 95 % interval.' }),
  })
  .meta({ id: 'FoundKnowledge' });

export const knowledgeSearch = {
  q: z.string().trim().min(1).max(knowledgeBounds.query).meta({ description: 'What is looked for.' }),
  language: language.meta({ description: 'Only what is written in this language.' }).optional(),
  feature: z
    .string()
    .min(1)
    .max(knowledgeBounds.feature)
    .meta({ description: 'Only what is about this feature, or about any.' })
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(10).meta({ description: 'Entries, 1–50.' }),
};
