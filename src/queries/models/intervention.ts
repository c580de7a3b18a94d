import { z } from 'zod';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { interventionStatuses } from '../../projections/interventions/document.js';
import { type Shown, time, userId } from './fields.js';

const about = {
  id: z.string(),
  userId,
  strategy: z.string(),
  struggleId: z
    .string()
    .nullable()
    .meta({ description: 'Null where something other than a struggle led to it.' }),
  featureId: z.string().nullable(),
  signalType: z.enum(signalTypes).nullable(),
  severity: z.enum(severities).nullable(),
};

export const deliveryAttempt = z.object({
  channel: z.string(),
  provider: z.string().meta({ description: '`none` where the channel was out of the question.' }),
  attempt: z.int().meta({ description: '0 where no provider was called.' }),
  startedAt: time('When it began.'),
  outcome: z.string(),
  reason: z.string().nullable().meta({ description: 'Why it failed.' }),
  retryAt: time('When the provider is called again.').nullable(),
});

export const intervention = z
  .object({
    ...about,
    createdAt: time('When it was decided.'),
    status: z.enum(interventionStatuses),
    statusAt: time('Since when it has this status.'),
    reason: z.string().nullable().meta({ description: 'Why it was declined or failed.' }),
    channel: z.string().nullable().meta({ description: 'It was delivered over; until then, tried first.' }),
    attempts: z.array(deliveryAttempt).meta({ description: 'Calls of providers, oldest first.' }),
    language: z.string().nullable(),
    title: z.string().nullable(),
    body: z.string().nullable(),
    author: z.object({ kind: z.string(), name: z.string(), version: z.int() }).nullable(),
    expiresAt: time('After which it is not shown any more.').nullable(),
    deliveredAt: time('When the channel took it.').nullable(),
    failedAt: time('When delivery failed.').nullable(),
    openedAt: time('When a mail program opened it.').nullable(),
    seenAt: time('When it was seen.').nullable(),
    clickedAt: time('When it was clicked.').nullable(),
    dismissedAt: time('When it was dismissed.').nullable(),
  })
  .meta({ id: 'Intervention', description: 'What follows `reason` is null where none was proposed.' });
export type Intervention = Shown<z.infer<typeof intervention>>;
