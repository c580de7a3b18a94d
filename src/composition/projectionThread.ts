import { destination, type Logger } from 'pino';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { RetentionRounds } from '../commands/retentionRounds.js';
import { createLogger } from '../http/logger.js';
import type { Projection } from '../processors/processor.js';
import type { ProjectionHost } from '../processors/projectionHost.js';
import { ProjectionThread } from '../processors/projectionThread.js';
import type { ProjectionWorkerData } from './projectionWorker.js';
import type { Stores } from './stores.js';

/** The projections in a thread of their own, where the stores are files; undefined where they are servers. */
export function createProjectionThread(
  { eventStore, documentStore, embedded }: Stores,
  parts: {
    readonly projections: readonly Projection[];
    erasedPersons(): ReturnType<ErasureLedger['entries']>;
    readonly pastPeriods: RetentionRounds['pastPeriods'];
    readonly logger: Logger;
  },
): ProjectionHost | undefined {
  if (embedded === undefined) return undefined;
  const { logger } = parts;
  const tail = embedded.tail();
  const workerData: ProjectionWorkerData = { tail, documentsFolder: embedded.documentsFolder };
  return new ProjectionThread({
    ...parts,
    script: new URL('./projectionWorker.js', import.meta.url),
    start: { workerData, transferList: [tail.port] },
    needs: {
      readStream: (...about) => eventStore.readStream(...about),
      dropCollection: (name) => documentStore.drop(name),
    },
    refresh: embedded.refresh,
    onDeath(error) {
      try {
        // The usual log is written beside, and would be lost. A reader that takes nothing must not keep the process.
        const lastWords = destination({ sync: true, retryEAGAIN: () => false });
        createLogger(logger.level, lastWords).fatal(
          { err: error },
          'the thread of the projections died: the process ends, start it again',
        );
      } finally {
        // An orderly end would wait for the thread's last commit, for ever.
        process.kill(process.pid, 'SIGKILL');
      }
    },
  });
}
