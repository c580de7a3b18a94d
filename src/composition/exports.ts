import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createPersonExports, type PersonExports } from '../commands/exports/personExports.js';
import type { Configuration } from '../config.js';
import { openExportFolder } from '../integrations/embedded/exportFolder.js';
import { openSigningKey } from '../integrations/embedded/signingKey.js';
import { liveReader } from '../queries/documentReader.js';
import type { OpenSealed } from '../queries/personExport/openLines.js';
import { createPersonExport } from '../queries/personExport/personExport.js';
import type { Application } from './application.js';
import type { Stores } from './stores.js';

export type Exports = PersonExports;

/** Between two looks for expired exports, milliseconds. */
const sweepInterval = 60 * 60 * 1000;

/** Nothing is sealed in this version: what looks like it is some client's own text, and nobody has a key for it. */
const openSealed: OpenSealed = async (_, texts) => texts.map(() => undefined);

/** Exports on the data folder, with what a crash left behind taken up again. Returns what ends them, too. */
export async function startExports(
  { dataFolder }: Configuration,
  { eventStore, documentStore }: Stores,
  { processors }: Application,
  log: Logger,
): Promise<{ readonly exports: Exports; stop(): Promise<void> }> {
  const createExport = createPersonExport({
    eventStore,
    documents: liveReader(documentStore, processors),
    openSealed,
    signingKey: await openSigningKey(join(dataFolder, 'signing.key')),
    now: Date.now,
  });
  const exports = createPersonExports({
    streams: { eventStore, now: Date.now, newId: randomUUID },
    archive: await openExportFolder(join(dataFolder, 'exports')),
    createExport,
    onError: (error) => log.warn({ err: error }, 'an export could not be made'),
  });
  await exports.recover();
  const stopping = new AbortController();
  const sweeping = sweepForEver(exports, stopping.signal, log);
  return {
    exports,
    async stop() {
      stopping.abort();
      await sweeping;
      await exports.stop();
    },
  };
}

async function sweepForEver(exports: Exports, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    await wait(sweepInterval, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await exports.sweep().catch((error: unknown) => {
      log.warn({ err: error }, 'expired exports could not be looked for; the next round tries again');
    });
  }
}
