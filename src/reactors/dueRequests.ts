import { setTimeout } from 'node:timers/promises';
import type { PrivacyRequestAddress } from '../commands/privacyRequestStream.js';
import type { DocumentCursor, DocumentPage, DocumentStore } from '../documentStore/documentStore.js';
import type { PrivacyRequestDocument } from '../projections/privacyRequests/document.js';

const requestsAtATime = 100;

export interface DueRequestsOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves the read model. */
  liveCollection(name: 'privacyRequests'): string;
  /** Epoch milliseconds. */
  now(): number;
  /** Told of a request that could not be worked on; the next round tries again. */
  onError(error: unknown): void;
}

/** Works on what is due, in rounds. Nothing follows from events being read again: each request's own stream decides. */
export interface DueRequests {
  readonly name: string;
  readonly replayPolicy: 'never';
  /** Looks once through all that is due, most urgent first. Resolves when all of it was begun; the rest goes on. */
  round(): Promise<void>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  /** Rounds for ever, `interval` milliseconds apart. Returns what ends it, with what is under way. */
  start(interval: number): () => Promise<void>;
}

/**
 * @param dueField when (epoch milliseconds) a document is to be worked on
 * @param concurrency requests worked on at a time: few, so that thousands of them leave room for everything else
 */
export function dueRequests(
  options: DueRequestsOptions,
  name: string,
  dueField: 'workAt' | 'callbackAt',
  concurrency: number,
  work: (address: PrivacyRequestAddress) => Promise<void>,
): DueRequests {
  const { documentStore, liveCollection, now, onError } = options;
  const active = new Map<string, Promise<void>>();
  const stopping = new AbortController();

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
        while (active.size >= concurrency) await Promise.race(active.values());
        if (stopping.signal.aborted) return;
        // One that takes longer than a round is due all the while.
        if (!active.has(id)) begin(id, { tenantId, requestId });
      }
      after = page.next;
    } while (after !== undefined);
  }

  function begin(id: string, address: PrivacyRequestAddress): void {
    const running = work(address)
      .catch(onError)
      .finally(() => active.delete(id));
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
    name,
    replayPolicy: 'never',
    round,
    settled,
    start(interval) {
      const running = roundForEver(interval);
      return async () => {
        stopping.abort();
        await running;
        await settled();
      };
    },
  };
}
