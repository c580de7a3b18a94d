import { z } from 'zod';
import { consentChannels } from '../../domain/consent/events.js';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { count } from '../../queries/models/fields.js';
import { identifier } from '../reads/parameters.js';

const source = z.strictObject({ title: z.string().max(10_000), body: z.string().max(10_000) });
const tone = z.enum(['gentle', 'direct']);
const complexity = z.enum(['simple', 'detailed']);
const language = z.string().min(2).max(35);

export const previewBody = z.strictObject({
  content: z
    .strictObject({
      template: z.string().min(1).max(100).nullable().default(null),
      templates: z
        .record(language, source)
        .refine((all) => Object.keys(all).length <= 50, 'must have at most 50 languages')
        .default({})
        .meta({ description: 'Liquid, by language tag.' }),
      tone: tone.nullable().default(null),
    })
    .prefault({})
    .meta({ description: 'As in a strategy.' }),
  channel: z.enum(consentChannels),
  language: language.optional().meta({ description: 'Default: by the person, else English.' }),
  complexity: complexity.optional().meta({ description: 'Default: by the person, else detailed.' }),
  signalType: z.enum(signalTypes).nullable().default(null),
  severity: z.enum(severities).nullable().default(null),
  featureId: z.string().min(1).max(256).nullable().default(null),
  variables: z
    .strictObject({
      name: z.string().max(256).optional(),
      attempts: z.int().min(0).optional(),
      errors: z.int().min(0).optional(),
    })
    .default({})
    .meta({ description: 'Samples. The name of a person that is named below takes the place of this one.' }),
  userId: identifier('Renders it for this person, and records that it was.').optional(),
});

const fault = z.object({ code: z.string(), message: z.string() });

export const preview = z
  .object({
    text: z
      .object({
        language: z.string(),
        title: z.string(),
        body: z.string(),
        author: z.object({ kind: z.literal('template'), name: z.string(), version: z.int() }),
      })
      .nullable()
      .meta({ description: 'Null where no template says anything.' }),
    complexity,
    faults: z
      .array(z.object({ code: z.string(), detail: z.string() }))
      .meta({ description: 'Why the text may not be sent; see docs/content.md.' }),
    templateFaults: z.array(fault.extend({ path: z.string() })),
    readingLevel: z
      .object({ grade: z.number(), words: z.int(), formula: z.string() })
      .nullable()
      .meta({ description: 'Of the body; null where it is too short or in a language without a formula.' }),
    sms: z
      .object({
        encoding: z.enum(['gsm-7', 'ucs-2']),
        units: count('Septets or UTF-16 units.'),
        segments: count('Parts that it is sent in.'),
      })
      .nullable()
      .meta({ description: 'Of a text message.' }),
  })
  .meta({ id: 'ContentPreview' });
