import { z } from 'zod';
import { type RetentionCategory, retentionCategories } from '../../domain/retention/categories.js';
import { count, type Shown, time } from './fields.js';

const byCategory = <S extends z.ZodType>(schema: S, description: string) =>
  z.partialRecord(z.enum(retentionCategories), schema).meta({ description });
const cutoffs = byCategory(
  time('Of this category.'),
  'What occurred before is past its period; a category without a period is left out.',
);

const days = z.int().nullable();

export const retention = z
  .object({
    // Not a record: a description needs each required property by name.
    periods: z
      .object({ activity: days, help: days, rejected: days } satisfies Record<RetentionCategory, typeof days>)
      .meta({ description: 'Days, by category; null: until erased. Set with the policies.' }),
    running: z
      .object({ roundId: z.string(), beganAt: time('When it began.'), cutoffs })
      .nullable()
      .meta({ description: 'The round under way.' }),
    rounds: z
      .array(
        z.object({
          roundId: z.string(),
          beganAt: time('When it began.'),
          completedAt: time('When it was through.'),
          cutoffs,
          removed: z.object({
            events: byCategory(count('Events.'), 'Events that can no longer be read, by category.'),
            journeys: count('Journeys of which nothing is left.'),
            documents: z
              .record(z.string(), count('Documents.'))
              .meta({ description: 'Documents removed or shortened, by read model.' }),
          }),
        }),
      )
      .meta({ description: 'The last 20 rounds, newest first.' }),
  })
  .meta({ id: 'Retention' });
export type RetentionModel = Shown<z.infer<typeof retention>>;
