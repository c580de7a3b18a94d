import { z } from 'zod';
import { signalTypes } from '../../domain/journey/events.js';
import { metricNames } from '../../projections/metrics/document.js';
import { count, duration, rate, type Shown, time, userId } from './fields.js';

export const feature = z
  .object({
    featureId: z.string(),
    uses: count('Events that named the feature.'),
    users: count('Distinct people, estimated (standard error 3.25 %).'),
    started: count('Times begun.'),
    attempts: count('Attempts.'),
    successes: count('Successes.'),
    failures: count('Failures.'),
    abandonments: count('Times given up.'),
    errors: count('Errors.'),
    helpRequests: count('Requests for help.'),
    successRate: rate(
      'Successes among successes, failures and abandonments; null where there were none.',
    ).nullable(),
    struggleRate: rate(
      'People who struggled with it among those who used it; null where nobody used it.',
    ).nullable(),
    struggleCount: count('Struggles detected.'),
    strugglesBySignal: z.partialRecord(z.enum(signalTypes), z.int().min(0)),
    strugglesResolved: count('Struggles resolved.'),
    averageResolutionTime: duration(
      'Mean from detection to success; null where none was resolved.',
    ).nullable(),
    firstUsedAt: time('First use.'),
    lastUsedAt: time('Latest use.'),
  })
  .meta({ id: 'Feature' });
export type Feature = Shown<z.infer<typeof feature>>;

export const video = z
  .object({
    videoId: z.string(),
    views: count('Times started.'),
    viewers: count('Journeys that watched it.'),
    totalWatchTime: duration('Played by all viewers, repeats included.'),
    completions: count('Viewers who reached the end.'),
    averageCompletionRate: rate(
      'Mean of the furthest position by the length; null while no length is known.',
    ).nullable(),
    duration: duration('The length; null while unknown.').nullable(),
    firstWatchedAt: time('First watched.'),
    lastWatchedAt: time('Last watched.'),
  })
  .meta({ id: 'Video' });
export type Video = Shown<z.infer<typeof video>>;

const segment = z.object({
  from: duration('Start.'),
  to: duration('End.'),
  count: count('How often.'),
});

export const videoEngagement = z
  .object({
    userId,
    videoId: z.string(),
    engagementData: z.object({
      viewCount: count('Times started.'),
      totalWatchTime: duration('Played, repeats included.'),
      completionRate: rate(
        'The furthest position by the length; null while the length is unknown.',
      ).nullable(),
      completed: z.boolean(),
      segmentsReplayed: z.array(segment),
      pausePoints: z.array(z.object({ position: duration('Where.'), count: count('How often.') })),
      skipSegments: z.array(segment),
      playbackSpeed: z.number().meta({ description: 'The last one reported; 1 is normal.' }),
    }),
    contextData: z.object({ accessedFrom: z.string().nullable(), deviceType: z.string() }),
    firstWatchedAt: time('First watched.'),
    lastWatchedAt: time('Last watched.'),
  })
  .meta({ id: 'VideoEngagement' });
export type VideoEngagement = Shown<z.infer<typeof videoEngagement>>;

export const metricIntervals = ['minute', 'hour', 'day'] as const;
export type MetricInterval = (typeof metricIntervals)[number];

export const metric = z
  .object({
    name: z.enum(metricNames),
    interval: z.enum(metricIntervals),
    from: time('Start of the first interval.'),
    to: time('End of the last interval.'),
    groupBy: z.string().nullable(),
    series: z.array(
      z.object({
        group: z.string().nullable().meta({ description: 'The value grouped by; null without `groupBy`.' }),
        points: z.array(
          z.object({ time: time('Start of the interval.'), value: count('What occurred in it.') }),
        ),
      }),
    ),
  })
  .meta({
    id: 'Metric',
    description:
      'Every interval has a point, also where nothing occurred. `activeUsers` is estimated (standard error 3.25 %).',
  });
export type Metric = Shown<z.infer<typeof metric>>;
