import { z } from 'zod';
import {
  type BreachAssessment,
  breachNatures,
  breachRisks,
  closingReasons,
  exemptions,
  notifiedChannels,
} from '../../domain/breach/events.js';
import { findPersonal } from '../../domain/privacy/detection.js';
import { journeyEventTypes } from '../../queries/models/journeyEvent.js';
import { identifier, instant } from '../reads/parameters.js';

/** The register is kept for ever and names nobody. */
const freeText = (description: string) =>
  z
    .string()
    .trim()
    .min(1)
    .max(4000)
    .refine((text) => findPersonal(text).length === 0, { message: 'must hold no personal value' })
    .meta({ description });
const optionalText = (description: string) => freeText(description).nullable().default(null);

const scope = z.strictObject({
  from: instant('Only what occurred at or after this time.').nullable().default(null),
  to: instant('Only what occurred before this time.').nullable().default(null),
  eventTypes: z.array(z.enum(journeyEventTypes)).max(50).default([]),
  features: z
    .array(identifier('A feature.').refine((name) => findPersonal(name).length === 0, 'must not be personal'))
    .max(200)
    .default([]),
  journeys: z
    .array(z.string().regex(/^[0-9a-f]{32}$/, 'must be a pseudonym, 32 hexadecimal digits'))
    .max(1000)
    .default([]),
});

const assessment = {
  natures: z.array(z.enum(breachNatures)).max(3).default([]),
  risk: z.enum(breachRisks).nullable().default(null).meta({ description: 'Null while it is not assessed.' }),
  description: freeText('What happened, as far as it is known.'),
  categories: optionalText('Categories of persons and of records.'),
  consequences: optionalText('Likely consequences.'),
  measures: optionalText('Measures taken or proposed.'),
  contact: optionalText('The contact point: an office, without an address of a person.'),
  scope: scope.prefault({}).meta({ description: 'Which events were exposed; empty lists: all of them.' }),
};

export const breachId = z.uuid().transform((id) => id.toLowerCase());
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hexadecimal digits');

export const recordBody = z.strictObject({
  breachId: breachId.optional().meta({ description: 'Chosen by the sender, so that it can be sent again.' }),
  awareAt: instant('When the controller became aware: the 72 hours run from here.'),
  ...assessment,
});
export const assessBody = z.strictObject(assessment);
export const authorityBody = z.strictObject({
  notifiedAt: instant('When.'),
  reference: optionalText("The authority's reference."),
  delayReason: optionalText('Why it took longer than 72 hours, where it did.'),
});
export const personsBody = z.strictObject({
  channel: z.enum(notifiedChannels),
  notifiedAt: instant('When.'),
  persons: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  textHash: hash.meta({ description: 'SHA-256 of the text that was sent.' }),
});
export const closeBody = z.strictObject({
  reason: z.enum(closingReasons),
  exemption: z.enum(exemptions).nullable().default(null),
  note: freeText('The facts behind the reason (Art. 33(5) GDPR).'),
});

export function assessmentOf(body: z.output<typeof assessBody>): BreachAssessment {
  const { natures, risk, description, categories, consequences, measures, contact } = body;
  return { natures, risk, description, categories, consequences, measures, contact, scope: body.scope };
}
