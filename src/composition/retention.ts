import type { Logger } from 'pino';
import { createShortenStreams } from '../commands/shortenStreams.js';
import { retentionCategories } from '../domain/retention/categories.js';
import type { GaugeSource } from '../http/metrics.js';
import { applyRetention, type Retention } from '../reactors/applyRetention.js';
import type { Application } from './application.js';
import type { Stores } from './stores.js';

export interface RetentionPart extends Retention {
  readonly gauges: readonly GaugeSource[];
}

/** What removes what is past its period. @param now epoch milliseconds */
export function createRetention(
  { eventStore, documentStore }: Pick<Stores, 'eventStore' | 'documentStore'>,
  { policies, retentionRounds, processors, erasureParts }: Application,
  log: Pick<Logger, 'warn'>,
  now: () => number = Date.now,
): RetentionPart {
  const { journeys, snapshots, newId } = erasureParts;
  const retention = applyRetention({
    documentStore,
    processors,
    rounds: retentionRounds,
    shorten: createShortenStreams({ eventStore, journeys, snapshots, newId, now }),
    tenants: policies.tenants,
    periodsOf: (tenantId) => policies.of(tenantId).state.policies.retention,
    newId,
    now,
    onError: (error) => log.warn({ err: error }, 'a retention round waits for the next look'),
  });
  const states = () => policies.tenants().map((tenantId) => retentionRounds.of(tenantId));
  return {
    ...retention,
    gauges: [
      {
        name: 'waymark_retention_removed_events',
        help: 'Events that the last retention rounds removed, by category.',
        labelNames: ['category'],
        collect: () =>
          retentionCategories.map((category) => ({
            labels: { category },
            value: states().reduce((sum, { removed }) => sum + (removed.events[category] ?? 0), 0),
          })),
      },
      {
        name: 'waymark_retention_completed_timestamp_seconds',
        help: 'When the retention round that is longest ago was completed; 0 where none ever was.',
        labelNames: [],
        collect: () => {
          const times = states().map(({ completedAt }) => completedAt ?? 0);
          return [{ labels: {}, value: times.length === 0 ? 0 : Math.min(...times) / 1000 }];
        },
      },
    ],
  };
}
