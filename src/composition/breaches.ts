import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { createBreaches } from '../commands/breaches.js';
import { formatPosition } from '../eventStore/eventStore.js';
import type { GaugeSource } from '../http/metrics.js';
import type { PersonalValuePorts } from '../http/personalValues.js';
import { breachRoutes } from '../http/privacy/breachRoutes.js';
import { affectedPersons } from '../queries/affectedPersons.js';
import { countOverdueBreaches } from '../queries/breaches.js';
import type { AllEvents } from '../queries/presentEvents.js';
import type { QueryPorts } from '../queries/view.js';
import { createEventIds } from './eventIds.js';

/** Milliseconds between two counts of what is overdue. */
const overdueInterval = 60_000;

export interface BreachesPart {
  /** Mounted without a prefix. */
  readonly routes: FastifyPluginAsync;
  readonly gauges: readonly GaugeSource[];
  /** Counts what is overdue, for ever. Returns what ends it. */
  start(): () => Promise<void>;
}

export function createBreachesPart(
  ports: QueryPorts,
  allEvents: AllEvents,
  { recordAccess, openSealed }: Pick<PersonalValuePorts, 'recordAccess' | 'openSealed'>,
  log: Pick<Logger, 'warn'>,
): BreachesPart {
  let overdue = 0;
  const count = () =>
    countOverdueBreaches(ports.documents, ports.now()).then(
      (counted) => {
        overdue = counted;
      },
      (error: unknown) => log.warn({ err: error }, 'overdue breaches could not be counted'),
    );
  return {
    routes: breachRoutes({
      breaches: createBreaches({ eventStore: ports.eventStore, newId: createEventIds() }),
      ports,
      affectedPersons: (...about) => affectedPersons(allEvents, ...about),
      recordAccess,
      openSealed,
      formatPosition,
      newId: randomUUID,
      now: ports.now,
    }),
    gauges: [
      {
        name: 'waymark_breaches_overdue',
        help: 'Open breaches of which the authority was not told within 72 hours; counted once a minute.',
        labelNames: [],
        collect: () => [{ labels: {}, value: overdue }],
      },
    ],
    start() {
      let counting = count();
      const timer = setInterval(() => {
        counting = count();
      }, overdueInterval);
      return () => {
        clearInterval(timer);
        return counting;
      };
    },
  };
}
