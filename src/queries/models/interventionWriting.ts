import { z } from 'zod';
import { count, duration, type Shown } from './fields.js';
import { intervention } from './intervention.js';

const use = {
  model: z.string().meta({ description: '`<provider>:<model>`.' }),
  promptVersion: z.int(),
  inputTokens: count('Tokens that it read.'),
  outputTokens: count('Tokens that it wrote.'),
  estimated: z.boolean().meta({ description: 'Whether some tokens were not counted by the provider.' }),
  microUsd: z
    .number()
    .nullable()
    .meta({ description: 'Millionths of a US dollar; null where the price is not known.' }),
  latency: duration('How long it took.'),
};
const reason = z.string().nullable().meta({ description: 'Why nothing came of it, as a code.' });

const writing = z
  .object({
    attempts: z.array(
      z.object({ ...use, outcome: z.string(), reason, turns: count('Turns.'), tools: z.array(z.string()) }),
    ),
    reviews: z
      .array(
        z.object({
          ...use,
          outcome: z.enum(['passed', 'refused', 'failed']).meta({
            description:
              'The verdict; `failed` where it gave none. What it has against a text is in `refused`.',
          }),
          reason,
        }),
      )
      .nullable()
      .meta({ description: 'By the second model; null where the policy wanted none.' }),
    refused: z
      .array(
        z.object({
          author: z.object({ kind: z.string(), name: z.string(), version: z.int() }),
          channel: z.string().nullable().meta({ description: 'Null for the one that is tried first.' }),
          reasons: z.array(z.object({ code: z.string(), detail: z.string() })),
        }),
      )
      .meta({ description: 'Texts that were not let through, in order.' }),
    retrieved: z
      .array(z.object({ documentId: z.string(), version: z.int(), score: z.number(), source: z.string() }))
      .meta({ description: 'What models were shown of the knowledge base.' }),
    disclosed: z.array(z.string()).meta({ description: 'Kinds of values that providers were sent.' }),
    fallbackReason: z.string().nullable().meta({ description: 'Why the text is not a model’s, as a code.' }),
  })
  .meta({ id: 'InterventionWriting' });
export type InterventionWriting = Shown<z.infer<typeof writing>>;

export const interventionInFull = intervention
  .extend({
    writing: writing.nullable().meta({
      description: 'How the text came about; null where no model was considered and nothing refused.',
    }),
  })
  .meta({ id: 'InterventionInFull' });
export type InterventionInFull = Shown<z.infer<typeof interventionInFull>>;
