import { z } from 'zod';
import { deviceTypes } from '../../projections/device.js';
import { count, type Shown, time, userId } from './fields.js';

export const session = z
  .object({
    sessionId: z.string(),
    userId,
    startTime: time('When its first event occurred.'),
    endTime: time('When its last event occurred; null while open.').nullable(),
    eventCount: count('Events of the person in it.'),
    device: z
      .object({
        type: z.enum(deviceTypes),
        os: z.string().nullable(),
        model: z.string().nullable(),
        locale: z.string().nullable(),
      })
      .nullable(),
    metadata: z.object({
      clientSessionIds: z.array(z.string()).meta({ description: 'What the client called the session.' }),
      pageViews: count('Pages and screens viewed.'),
      actions: count('Actions tracked.'),
      features: z.array(z.string()).meta({ description: 'Features used, at most 20.' }),
      errors: count('Errors met.'),
      struggles: count('Struggles detected.'),
      entryPage: z.string().nullable(),
      exitPage: z.string().nullable(),
    }),
  })
  .meta({ id: 'Session' });
export type Session = Shown<z.infer<typeof session>>;
