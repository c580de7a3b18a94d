import { setTimeout } from 'node:timers/promises';
import type { PrivacyRequestAddress } from '../commands/privacyRequestStream.js';
import type { DocumentCursor, DocumentPage, DocumentStore } from '../documentStore/documentStore.js';
import type { PrivacyRequestDocument } from '../projections/privacyRequests/document.js';

const requestsAtATime = 100;
/** Milliseconds that the end waits for what is under way; what takes longer is taken up again at the next start. */
const drainTime = 5000;

export interface DueRequestsOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves the read model. */
  liveCollection(name: 'privacyRequests'): string;
  /** Epoch milliseconds. */
  now(): number;
  /** Told of a request that could not be worked on; the next round tries again. */
  onError(error: unknown): void;
}

/** Works on what is due, in rounds. Never on replay: not events lead to work, but what a request's own stream says now. */
export interface DueRequests {
  /** Rounds for ever, `interval` milliseconds apart. Returns what ends it, and waits a little for what is under way. */
  start(interval: number): () => Promise<void>;
}

/**
 * @param dueField when (epoch milliseconds) a document is to be worked on
 * @param concurrency requests worked on at a time: few, so that thousands of them leave room for everything else
 */
export function dueRequests(
  options: DueRequestsOptions,
  dueField: 'workAt' | 'callbackAt',
  concurrency: number,
  work: (address: PrivacyRequestAddress) => Promise<void>,
): DueRequests {
  const { documentStore, liveCollection, now, onError } = options;
  const active = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  /** Goes on with a round that waits for room. */
  let wake: () => void = () => undefined;

  /** Looks once through all that is due, most urgent first; done when all of it was begun. */
  async function round(): Promise<void> {
    const upTo = now();
    let after: DocumentCursor | undefined;
    do {
      const page: DocumentPage<PrivacyRequestDocument> = await documentStore.find<PrivacyRequestDocument>(
        liveCollection('privacyRequests'),
        {
          where: { [dueField]: { lte: upTo } },
          sort: { field: dueField, direction: 'asc' },
          limit: requestsAtATime,
          ...(after && { after }),
        },
      );
      for (const { id, tenantId, requestId } of page.documents) {
        while (active.size >= concurrency && !stopping.signal.aborted) await room();
        if (stopping.signal.aborted) return;
        // One that takes longer than a round is due all the while.
        if (!active.has(id)) begin(id, { tenantId, requestId });
      }
      after = page.next;
    } while (after !== undefined);
  }

  function room(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  function begin(id: string, address: PrivacyRequestAddress): void {
    const running = work(address)
      .catch(onError)
      .finally(() => {
        active.delete(id);
        wake();
      });
    active.set(id, running);
  }

  async function settled(): Promise<void> {
    while (active.size > 0) await Promise.all(active.values());
  }

  async function roundForEver(interval: number): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await round().catch(onError);
      await setTimeout(interval, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start(interval) {
      const running = roundForEver(interval);
      return async () => {
        stopping.abort();
        wake();
        await running;
        await Promise.race([settled(), setTimeout(drainTime, undefined, { ref: false })]);
      };
    },
  };
}
