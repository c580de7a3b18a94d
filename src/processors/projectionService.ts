import type { MessagePort } from 'node:worker_threads';
import { CodedError } from '../domain/errors.js';
import type { Projection } from './processor.js';
import type { ProjectionHost } from './projectionHost.js';
import type { ProjectionNeeds, ProjectionService, ProjectionState } from './projectionThread.js';
import type { ReadModelNews } from './readModelNews.js';
import { ThreadCalls } from './threadCalls.js';

/** Milliseconds between two messages while read models move: each costs the other thread some tens of microseconds. */
const interval = 5;
/** Milliseconds between two messages while they do not: what stands still can fall behind. */
const repeatInterval = 1000;

/** The thread that started this one. */
export type NeedsCalls = ThreadCalls<ProjectionNeeds, readonly ProjectionState[]>;

export interface ProjectionServiceOptions {
  readonly port: MessagePort;
  readonly projections: readonly Projection[];
  /** What is served, on what it needs of the other thread and on those who are told that read models moved. */
  createHost(needs: NeedsCalls, news: ReadModelNews): ProjectionHost;
  /** Called when the last projection has stopped. */
  onStop(): Promise<void>;
}

/** Serves the projections of this thread to the one that started it, and keeps it told of them. */
export function serveProjections({ port, projections, createHost, onStop }: ProjectionServiceOptions): void {
  let timer: NodeJS.Timeout | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    toldAt = performance.now();
    needs.tell(stateOf(host, projections));
  }
  function tellSoon(): void {
    timer ??= setTimeout(tell, Math.max(0, toldAt + interval - performance.now()));
  }
  /** The answer comes after the news of what it speaks of. */
  async function toldFirst<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      tell();
    }
  }

  const repeating = setInterval(tellSoon, repeatInterval);
  const service: ProjectionService = {
    start: () => toldFirst(host.start()),
    async stop() {
      clearInterval(repeating);
      await toldFirst(host.stop());
      await onStop();
    },
    rebuild: (...args) => toldFirst(host.rebuild(...args)),
    parked: (...args) => host.parked(...args),
    retry: (...args) => toldFirst(host.retry(...args)),
    purge: (...args) => toldFirst(host.purge(...args)),
    caughtUp: (...args) => toldFirst(host.caughtUp(...args)),
    forgetPast: (...args) => toldFirst(host.forgetPast(...args)),
    giveWay: (...args) => host.giveWay(...args),
    advanceClock: (...args) => toldFirst(host.advanceClock(...args)),
  };
  const needs: NeedsCalls = new ThreadCalls(port, service, () => undefined);
  const host = createHost(needs, {
    moved: tellSoon,
    ended: tellSoon,
    listen: () => undefined,
    close: () => clearTimeout(timer),
  });
}

function stateOf(host: ProjectionHost, projections: readonly Projection[]): ProjectionState[] {
  const statuses = new Map(host.statuses().map((status) => [status.name, status]));
  return projections.flatMap(({ name, collections }) => {
    const status = statuses.get(name);
    if (status === undefined) return [];
    const served = collections.flatMap((collection) => {
      const physical = servedAs(host, collection.name);
      return physical === undefined ? [] : [[collection.name, physical] as const];
    });
    return [{ status, place: host.position(name) ?? 'start', collections: Object.fromEntries(served) }];
  });
}

function servedAs(host: ProjectionHost, collection: string): string | undefined {
  try {
    return host.liveCollection(collection);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
