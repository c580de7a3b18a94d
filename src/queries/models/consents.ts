import { z } from 'zod';
import { consentChannels, consentPurposes, consentSources } from '../../domain/consent/events.js';
import { consentStatuses } from '../../projections/consents/document.js';
import { count, type Shown, text, time } from './fields.js';

export const consentDecisions = [
  'granted',
  'withdrawn',
  'sale-opted-out',
  'sale-allowed',
  'restricted',
  'restriction-lifted',
] as const;

export const consentStatus = z.enum(consentStatuses).meta({
  description:
    'Over all purposes and channels the person decided about: `partial` where some are granted and some withdrawn, `unknown` before the first decision.',
});

export const consentDecision = z
  .object({
    consentEventId: text('Decisions made on this ground name it.'),
    decision: z.enum(consentDecisions),
    purpose: z.enum(consentPurposes).nullable(),
    channel: z.enum(consentChannels).nullable().meta({ description: 'Null for all channels.' }),
    decidedAt: time('When the person decided.'),
    since: time('From when it counts against other decisions.'),
    recordedAt: time('When it was recorded.'),
    source: z.enum(consentSources),
    policyVersion: z.string().nullable(),
    textHash: z.string().nullable().meta({ description: 'SHA-256 of the text agreed to, in hex.' }),
    proof: z.string().nullable(),
    otherIdentity: z
      .boolean()
      .meta({ description: 'Whether it was made under another identity of the person.' }),
  })
  .meta({ id: 'ConsentDecision' });
export type ConsentDecision = Shown<z.infer<typeof consentDecision>>;

export const consents = z
  .object({
    status: consentStatus,
    standing: z.array(consentDecision).meta({ description: 'What stands, one for each matter decided.' }),
    history: z
      .array(consentDecision)
      .meta({ description: 'The latest 200 decisions, latest recorded first, those that never stood too.' }),
    decisions: count('Recorded ever.'),
  })
  .meta({ id: 'Consents' });
export type ConsentsModel = Shown<z.infer<typeof consents>>;
