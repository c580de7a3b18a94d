import { z } from 'zod';
import { suppressions } from '../../domain/reachability/events.js';
import { type Shown, time, userId } from './fields.js';
import { deliveryAttempt } from './intervention.js';

export const deliveryStatuses = ['proposed', 'delivered', 'failed'] as const;

export const delivery = z
  .object({
    id: z.string().meta({ description: "The intervention's id." }),
    userId,
    strategy: z.string(),
    channel: z.string().nullable(),
    status: z.string(),
    reason: z.string().nullable().meta({ description: 'Why it failed.' }),
    createdAt: time('When it was proposed.'),
    statusAt: time('Since when it has this status.'),
    dueAt: time('When it is next looked after.').nullable(),
    expiresAt: time('After which it is not delivered any more.').nullable(),
    attempts: z.array(deliveryAttempt),
  })
  .meta({ id: 'Delivery', description: 'How the delivery of a message went, without its words.' });
export type Delivery = Shown<z.infer<typeof delivery>>;

export const suppression = z
  .object({
    id: z.string(),
    userId,
    channel: z.string(),
    reason: z.enum(suppressions),
    interventionId: z.string().meta({ description: 'The message that showed it.' }),
    since: time('Since when nothing is sent to the address.'),
  })
  .meta({
    id: 'Suppression',
    description: 'An address of a person to which nothing is sent; a new one is free.',
  });
export type SuppressionModel = Shown<z.infer<typeof suppression>>;
