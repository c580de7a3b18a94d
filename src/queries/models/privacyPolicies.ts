import { z } from 'zod';
import { consentPurposes } from '../../domain/consent/events.js';
import { consentRules } from '../../domain/consent/policy.js';
import { fieldActions } from '../../domain/privacy/fieldPolicy.js';
import { mostRules } from '../../domain/privacy/policyFaults.js';
import { type RetentionCategory, retentionCategories } from '../../domain/retention/categories.js';
import { longestPeriod, shortestPeriod } from '../../domain/retention/periods.js';
import { count, type Shown, time } from './fields.js';

const meanings: Readonly<Record<RetentionCategory, string>> = {
  activity: 'What people did, and what was concluded from it.',
  help: 'What was offered to people.',
  rejected: 'Messages in quarantine, and the account of what did not enter a journey.',
};

const period = (category: RetentionCategory) =>
  z
    .int()
    .min(shortestPeriod)
    .max(longestPeriod)
    .nullable()
    .meta({ description: `${meanings[category]} Whole days; null: until erased.` });

const fields = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        path: z.string().meta({ examples: ['traits.city'] }),
        action: z.enum(fieldActions),
        unexamined: z.boolean().optional(),
      }),
    )
    .max(mostRules),
  detected: z.enum(['encrypt', 'drop', 'redact']),
});

const consent = z.strictObject({
  rules: z.strictObject(
    Object.fromEntries(consentPurposes.map((purpose) => [purpose, z.enum(consentRules)])) as Record<
      (typeof consentPurposes)[number],
      z.ZodEnum<{ [R in (typeof consentRules)[number]]: R }>
    >,
  ),
  necessaryEvents: z
    .array(z.string().min(1).max(256))
    .max(200)
    .meta({ description: 'Names of events that are taken in where analytics is `necessary-only`.' }),
});

const retention = z.strictObject(
  Object.fromEntries(retentionCategories.map((category) => [category, period(category)])) as Record<
    RetentionCategory,
    ReturnType<typeof period>
  >,
);

export const policySet = z.strictObject({
  version: count('Counts changes; 0 for the default policies. Send back the one that was read.'),
  fields: fields.meta({ description: 'What is done with personal fields: docs/privacy/personal-fields.md.' }),
  consent: consent.meta({ description: 'What holds where a person decided nothing.' }),
  retention: retention.meta({ description: 'How long events are kept, by when they occurred.' }),
});

export const privacyPolicies = z
  .object({
    ...policySet.shape,
    changedAt: time('When they were last changed.').nullable(),
    changedBy: z.string().nullable().meta({ description: 'The id of the key it was done with.' }),
  })
  .meta({ id: 'PrivacyPolicies' });
export type PrivacyPoliciesModel = Shown<z.infer<typeof privacyPolicies>>;
