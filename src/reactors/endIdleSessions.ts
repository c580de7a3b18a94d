import type { EndIdleSessions } from '../commands/endIdleSessions.js';
import type { DocumentCursor, DocumentPage, DocumentStore } from '../documentStore/documentStore.js';
import type { SessionDocument } from '../projections/sessions/document.js';

const sessionsAtATime = 200;
const pagesARound = 10;
const commandsAtATime = 8;

export interface EndIdleSessionsOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves the read model `sessions`. */
  liveCollection(name: 'sessions'): string;
  readonly endIdleSession: EndIdleSessions;
  /** The idle timeout, milliseconds. */
  readonly sessionTimeout: number;
  /**
   * A session that something was recorded for within this time, milliseconds, is left alone though its events are old:
   * history is just being imported, and its next event is on its way.
   */
  readonly settleTime: number;
  /** Told of a journey whose sessions could not be ended; the next round tries again. */
  onError(error: unknown): void;
  now(): number;
}

/**
 * One round: ends what is idle, oldest first, at most 2,000 sessions. The journey itself decides, so that a read model
 * that is behind can only make a round do nothing.
 * @returns how many sessions were found idle
 */
export async function endIdleSessions(options: EndIdleSessionsOptions): Promise<number> {
  const { documentStore, liveCollection, endIdleSession, onError } = options;
  const now = options.now();
  let found = 0;
  let after: DocumentCursor | undefined;
  for (let page = 0; page < pagesARound; page += 1) {
    const { documents, next }: DocumentPage<SessionDocument> = await documentStore.find<SessionDocument>(
      liveCollection('sessions'),
      {
        where: { open: true, lastEventMinuteEnd: { lt: now - options.sessionTimeout } },
        sort: { field: 'lastEventMinuteEnd', direction: 'asc' },
        limit: sessionsAtATime,
        ...(after === undefined ? {} : { after }),
      },
    );
    const settled = documents.filter((session) => session.lastEventRecordedAt <= now - options.settleTime);
    found += settled.length;
    const journeys = new Map(
      settled.map((session) => [`${session.tenantId}/${session.journeySubject}`, session]),
    );
    await inParallel([...journeys.values()], async ({ tenantId, journeySubject }) => {
      try {
        await endIdleSession({ tenantId, subject: journeySubject, now });
      } catch (error) {
        onError(error);
      }
    });
    if (next === undefined) break;
    after = next;
  }
  return found;
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: commandsAtATime }, worker));
}
