import { z } from 'zod';
import { count, time } from './fields.js';

const account = {
  received: count('accepted + duplicates + suppressed + rejected.'),
  accepted: count('Stored in journeys.'),
  duplicates: count('Met again.'),
  suppressed: count('Not stored: no consent, or erased.'),
  suppressedByReason: z.record(z.string(), z.int().min(0)),
  rejected: count('Not valid; see the quarantine.'),
  rejectedByCode: z.record(z.string(), z.int().min(0)),
};

export const accounting = z
  .object({
    from: time('Start of the first hour counted.'),
    to: time('End of the last hour counted.'),
    ...account,
    bySource: z.array(z.object({ source: z.string(), ...account })),
  })
  .meta({
    id: 'Accounting',
    description: 'What became of every message received, by the hour of recording.',
  });
export type Accounting = z.infer<typeof accounting>;
