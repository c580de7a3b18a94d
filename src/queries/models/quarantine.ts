import { z } from 'zod';
import type { QuarantineStatus } from '../../projections/quarantine/document.js';
import { type Shown, text, time } from './fields.js';

export const quarantineStatuses = [
  'quarantined',
  'replayed',
  'rejected-again',
] as const satisfies readonly QuarantineStatus[];

export const quarantinedMessage = z
  .object({
    id: z.string(),
    messageId: z.string().nullable(),
    code: text('Why it was rejected.'),
    reason: text('What to do about it.'),
    payload: text('The message as received, as JSON text, cut at 32 KiB.'),
    source: z.string().nullable().meta({ description: 'The door it came through.' }),
    rejectedAt: time('When it was rejected.'),
    status: z.enum(quarantineStatuses),
    replayedAt: time('When it was last sent again.').nullable(),
  })
  .meta({ id: 'QuarantinedMessage' });
export type QuarantinedMessage = Shown<z.infer<typeof quarantinedMessage>>;
