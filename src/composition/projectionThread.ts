import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { RetentionRounds } from '../commands/retentionRounds.js';
import { systemTime } from '../processors/backoff.js';
import type { ProcessorLogger } from '../processors/failure.js';
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
    readonly logger: ProcessorLogger;
  },
): ProjectionHost | undefined {
  if (embedded === undefined) return undefined;
  return new ProjectionThread({
    ...parts,
    script: new URL('./projectionWorker.js', import.meta.url),
    start() {
      const tail = embedded.tail();
      const workerData: ProjectionWorkerData = { tail, documentsFolder: embedded.documentsFolder };
      return { workerData, transferList: [tail.port] };
    },
    needs: {
      readStream: (...about) => eventStore.readStream(...about),
      dropCollection: (name) => documentStore.drop(name),
    },
    refresh: embedded.refresh,
    time: { ...systemTime, now: Date.now },
  });
}
