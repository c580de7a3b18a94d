import { z } from 'zod';
import {
  breachNatures,
  breachRisks,
  closingReasons,
  exemptions,
  notifiedChannels,
} from '../../domain/breach/events.js';
import { count, type Shown, text, time } from './fields.js';
import { journeyEventTypes } from './journeyEvent.js';

const by = text('The id of the key that an officer used.');

export const breach = z
  .object({
    breachId: z.uuid(),
    status: z.enum(['open', 'closed']),
    awareAt: time('When the controller became aware.'),
    dueAt: time('72 hours later: until then the authority is to be told.'),
    overdue: z.boolean().meta({ description: 'The authority still has to be told, and it is too late.' }),
    recordedAt: time('When it was recorded.'),
    recordedBy: by,
    assessment: z.object({
      natures: z.array(z.enum(breachNatures)),
      risk: z.enum(breachRisks).nullable(),
      description: z.string(),
      categories: z.string().nullable(),
      consequences: z.string().nullable(),
      measures: z.string().nullable(),
      contact: z.string().nullable(),
      scope: z.object({
        from: time('From then on.').nullable(),
        to: time('Before then.').nullable(),
        eventTypes: z.array(z.enum(journeyEventTypes)),
        features: z.array(z.string()),
        journeys: z.array(z.string()),
      }),
    }),
    affected: z
      .object({
        persons: count('Persons with an event in the scope.'),
        records: count('Events in the scope.'),
        countedAt: time('When.'),
        scopeChanged: z.boolean().meta({ description: 'Whether the scope changed since: count again.' }),
      })
      .nullable(),
    authority: z
      .object({
        notifiedAt: time('When.'),
        reference: z.string().nullable(),
        delayReason: z.string().nullable(),
        by,
      })
      .nullable(),
    notifications: z.array(
      z.object({
        channel: z.enum(notifiedChannels),
        notifiedAt: time('When.'),
        persons: count('Persons told.'),
        textHash: text('SHA-256 of the text that was sent.'),
        by,
      }),
    ),
    closed: z
      .object({
        reason: z.enum(closingReasons),
        exemption: z.enum(exemptions).nullable(),
        note: z.string(),
        at: time('When.'),
        by,
      })
      .nullable(),
  })
  .meta({ id: 'Breach' });
export type BreachModel = Shown<z.infer<typeof breach>>;

const draft = z.object({ title: z.string(), body: z.string() });

export const breachDrafts = z
  .object({
    authority: draft.meta({ description: 'Art. 33(3) GDPR, as far as it is known.' }),
    persons: draft.meta({ description: 'Art. 34(2) GDPR, in plain words.' }),
    missing: z.array(z.string()).meta({ description: 'Fields of the assessment that are not known yet.' }),
  })
  .meta({ id: 'BreachDrafts' });
export type BreachDrafts = Shown<z.infer<typeof breachDrafts>>;
