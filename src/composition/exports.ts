import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createPersonExports, type PersonExports } from '../commands/exports/personExports.js';
import { consentStreamName } from '../domain/consent/streamName.js';
import { createPersonExport } from '../queries/personExport/personExport.js';
import type { QueryPorts } from '../queries/view.js';
import type { Application } from './application.js';
import type { Stores } from './stores.js';

export type Exports = PersonExports;

/** Between two looks for expired exports, milliseconds. */
const sweepInterval = 60 * 60 * 1000;

/** Exports, with what a crash left behind taken up again. Returns what ends them, too. */
export async function startExports(
  { eventStore, signingKey, openExportArchive, untoldLinks }: Stores,
  { openSealed }: Application,
  shown: Pick<QueryPorts, 'eventStore' | 'documents'>,
  log: Logger,
): Promise<{ readonly exports: Exports; stop(): Promise<void> }> {
  const createExport = createPersonExport({
    eventStore: shown.eventStore,
    documents: shown.documents,
    openSealed,
    signingKey: { ...signingKey, sign: (bytes) => signingKey.sign(bytes).signature },
    consentStreamName,
    now: Date.now,
  });
  const exports = createPersonExports({
    streams: { eventStore, now: Date.now, newId: randomUUID },
    archive: await openExportArchive(),
    links: untoldLinks,
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
