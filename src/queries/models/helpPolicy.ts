import { z } from 'zod';
import { consentChannels } from '../../domain/consent/events.js';
import { promptUses } from '../../domain/helpPolicy/policy.js';
import { count, duration, type Shown, text, time } from './fields.js';

const channel = z.enum(consentChannels);

function byChannel<S extends z.ZodType>(each: S) {
  return z.strictObject({ in_app: each, email: each, sms: each, push: each, webhook: each });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const compliance = z.strictObject({
  bannedPhrases: z.array(z.string()),
  requiredPhrases: z.array(z.strictObject({ phrase: z.string(), channels: z.array(channel) })),
  claims: z.array(z.string()).meta({ description: 'Phrases that claim what would need proof.' }),
  allowedLinkHosts: z.array(z.string()),
  maxLength: byChannel(z.strictObject({ title: z.number(), body: z.number() })),
  maxReadingGrade: z.number().nullable(),
  secondModel: z.boolean(),
});

/** The shape alone; what its values must be like is the domain's to say. */
export const helpPolicyBody = z.strictObject({
  version: count('Counts changes; 0 for the default policy. Send back the one that was read.'),
  enabled: z.boolean().meta({ description: 'Whether any help is offered.' }),
  fatigue: z
    .array(
      z.strictObject({
        channel: z.enum([...consentChannels, 'any']),
        window: duration('Any stretch of this length.'),
        limit: z.number().meta({ description: 'Weighted messages in it, at most.' }),
      }),
    )
    .meta({ description: 'How much one person is sent at most.' }),
  weights: byChannel(z.number()).meta({ description: 'What a message over each channel counts for.' }),
  quietHours: z
    .strictObject({
      from: text('HH:MM, by the person’s own clock.'),
      to: text('HH:MM; over midnight where it is earlier.'),
      channels: z.array(channel),
      timeZone: z
        .string()
        .refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Berlin')
        .meta({ description: 'For people whose own is not known.' }),
    })
    .nullable(),
  staleAfter: duration('What is older is history, and nothing to help with now.'),
  models: z.strictObject({
    order: z.array(z.string()).nullable().meta({ description: 'Null: the installation’s.' }),
    maxTurns: z.number(),
    maxTokens: z.number(),
    deadline: duration('From the trigger on; then the template goes out.'),
    prompts: z
      .partialRecord(z.enum(promptUses), z.int())
      .optional()
      .meta({ description: 'Versions of prompts to keep to; of the others the newest is used.' }),
  }),
  budget: z.strictObject({
    perDay: z.strictObject({ tokens: z.number().nullable(), microUsd: z.number().nullable() }),
  }),
  disclosure: z.strictObject({
    name: z.enum(['omit', 'pseudonym']),
    traits: z
      .array(z.string())
      .meta({ description: 'Names of traits that a provider may see in the clear.' }),
  }),
  compliance: compliance.meta({ description: 'What a text must and must not say.' }),
});

export const helpPolicy = z
  .object({
    ...helpPolicyBody.shape,
    changedAt: time('When it was last changed.').nullable(),
    changedBy: z.string().nullable().meta({ description: 'The id of the key it was done with.' }),
  })
  .meta({ id: 'HelpPolicy' });
export type HelpPolicyModel = Shown<z.infer<typeof helpPolicy>>;
