import { z } from 'zod';
import { severities, signalTypes } from '../../domain/journey/events.js';
import { count, duration, type Shown, text, time, userId } from './fields.js';

export const struggle = z
  .object({
    id: z.string(),
    userId,
    sessionId: z.string(),
    featureId: text('`unknown` where the events named no feature.'),
    detectedAt: time('When it was detected.'),
    signalType: z.enum(signalTypes),
    severity: z.enum(severities).meta({ description: 'The highest reached.' }),
    context: z.object({
      attemptCount: count('Attempts without success.'),
      timeSpent: duration('From the first sign to the conclusion.'),
      errorsEncountered: z.array(z.string()),
      userActions: z.array(z.string()).meta({ description: 'What led to the conclusion, oldest first.' }),
    }),
    rule: z
      .object({ name: z.string(), version: z.int() })
      .meta({ description: 'The rule that concluded it.' }),
    interventionTriggered: z.boolean(),
    interventionType: z.string().nullable().meta({ description: 'The strategy of the help proposed.' }),
    interventionDeclined: z.string().nullable().meta({ description: 'Why no help was proposed.' }),
    resolved: z.boolean(),
    resolutionTime: duration('From detection to the success that resolved it; null while open.').nullable(),
  })
  .meta({ id: 'Struggle' });
export type Struggle = Shown<z.infer<typeof struggle>>;
