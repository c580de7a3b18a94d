import type { DocumentPage, DocumentStore } from '../documentStore/documentStore.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { SharedState } from '../sharedState/sharedState.js';
import { type ProcessorTime, systemTime } from './backoff.js';
import { type Claims, soleClaims } from './claims.js';
import { EventFeed } from './eventFeed.js';
import type { ProcessorLogger } from './failure.js';
import { LogFollower, type LogObserver } from './logFollower.js';
import type { ParkedEvents, RetryResult } from './parkedEvents.js';
import type { ParkedEvent, ProcessorStatus, Projection, Reactor } from './processor.js';
import { type ErasedPersons, ProjectionRunner } from './projectionRunner.js';
import { ReactorRunner } from './reactorRunner.js';
import { noNews, type ReadModelNews, shareReadModelNews } from './readModelNews.js';
import { type ProcessorCall, RemoteCalls } from './remoteCalls.js';
import { Turns } from './turns.js';

/** Events of a batch: large enough that handing it round costs little, small enough that it is still young when done. */
const defaultBatchSize = 1000;
const reactorBatchSize = 1000;
const defaultCommitSize = 50_000;
/** Milliseconds between two ticks of the projections' clock. */
const clockInterval = 60_000;

export interface ProcessorsOptions {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly projections: readonly Projection[];
  readonly reactors: readonly Reactor[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly logger: ProcessorLogger;
  readonly erasedPersons: () => ErasedPersons;
  /** Where other instances run the same processors: who runs which, and what they tell each other by. */
  readonly shared?: {
    readonly claims: Claims;
    readonly sharedState: SharedState;
    /** Milliseconds after which every instance has seen what was recorded, or knows that it has not. */
    readonly stepTime: number;
    /** Caches of what others may change. */
    readonly observers: readonly LogObserver[];
  };
  /** Waiting and chance, for tests. */
  readonly time?: Omit<ProcessorTime, 'now'>;
  /** Most events of a batch. */
  readonly batchSize?: number;
  /** Most events that a projection folds between two commits. */
  readonly commitSize?: number;
}

/** Where the read models stand, for those who read them. */
export interface ReadModels {
  /**
   * The physical collection that now serves a logical one. Ask for each read: a rebuild changes it.
   * @throws CodedError `read-model-behind` before the first start
   */
  liveCollection(collection: string): string;
  /** Undefined where the projection has seen no event. */
  position(projection: string): Position | undefined;
  /** True as soon as the projection has seen the position; false after `timeout` milliseconds. */
  waitFor(projection: string, position: Position, timeout: number): Promise<boolean>;
}

/** All projections and reactors of the process. */
export class Processors implements ReadModels {
  readonly #projections: ReadonlyMap<string, ProjectionRunner>;
  readonly #reactors: ReadonlyMap<string, ReactorRunner>;
  readonly #ownerOf = new Map<string, ProjectionRunner>();
  /** A reaction takes as long as it takes, so reactors read apart from the projections, which wait for each other. */
  readonly #feeds: readonly EventFeed[];
  readonly #stopping = new AbortController();
  readonly #news: ReadModelNews;
  readonly #remote: RemoteCalls | undefined;
  readonly #follower: LogFollower | undefined;
  #clock: Promise<void> | undefined;

  constructor(readonly options: ProcessorsOptions) {
    const { eventStore, documentStore, projections, reactors, clock, logger, batchSize } = options;
    const { commitSize = defaultCommitSize, erasedPersons, shared } = options;
    const claims = shared?.claims ?? soleClaims;
    this.#news = shared === undefined ? noNews : shareReadModelNews(shared.sharedState);
    this.#remote = shared && new RemoteCalls(shared.sharedState, (call) => this.#carryOut(call));
    const feed = new EventFeed(eventStore, batchSize ?? defaultBatchSize);
    const reactorFeed = new EventFeed(eventStore, reactorBatchSize, 0);
    this.#feeds = [feed, reactorFeed];
    const time: ProcessorTime = { ...(options.time ?? systemTime), now: clock };
    const turns = new Turns();
    const work = { claims, news: this.#news, commitSize, erasedPersons };
    const parts = { eventStore, documentStore, feed, turns, time, logger, ...work };
    this.#projections = new Map(projections.map((each) => [each.name, new ProjectionRunner(each, parts)]));
    this.#reactors = new Map(
      reactors.map((each) => [each.name, new ReactorRunner(each, { ...parts, feed: reactorFeed })]),
    );
    this.#follower = shared && new LogFollower(parts, shared.stepTime, shared.observers);
    for (const runner of this.#projections.values()) {
      for (const { name } of runner.projection.collections) {
        if (this.#ownerOf.has(name)) throw new Error(`two projections have a collection ${name}`);
        this.#ownerOf.set(name, runner);
      }
    }
    const names = new Set(this.statuses().map(({ name }) => name));
    if (names.size < projections.length + reactors.length) throw new Error('two processors have one name');
  }

  /** Resolves when each processor knows where it stands; from then on no reactor misses an event. */
  async start(): Promise<void> {
    this.#follower?.start();
    await Promise.all(this.#all().map((runner) => runner.start()));
    this.#clock = this.#tick();
  }

  /** Ends with the batches and reactions under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#all().map((runner) => runner.stop()), this.#clock]);
    await this.#follower?.stop();
    for (const feed of this.#feeds) feed.close();
    this.#news.close();
    this.#remote?.close();
  }

  /** Whether what other instances recorded has been seen here, up to `stepTime` ago; always true of an only one. */
  get isInStep(): boolean {
    return this.#follower?.isInStep ?? true;
  }

  statuses(): ProcessorStatus[] {
    return this.#all().map((runner) => runner.status());
  }

  /**
   * Begins to build a projection anew beside its live documents; its status tells how far it is.
   * @throws CodedError `not-found`; `conflict` for a reactor and while a rebuild is under way
   */
  async rebuild(name: string): Promise<void> {
    if (this.#reactors.has(name)) throw new CodedError('conflict', 'A reactor can never be replayed.');
    const runner = this.#projection(name);
    if (this.#remote === undefined || runner.isHere) await runner.rebuild();
    else await this.#remote.call({ processor: name, action: 'rebuild', parkedId: '' });
  }

  /** Oldest first. @throws CodedError `not-found` */
  async parked(name: string, page: Parameters<ParkedEvents['list']>[0]): Promise<DocumentPage<ParkedEvent>> {
    const reactor = this.#reactors.get(name);
    return reactor === undefined
      ? this.#projection(name).withStored((build) => build.parked.list(page))
      : reactor.list(page);
  }

  /**
   * Processes the parked events of the stream that `id` belongs to, in their order, up to the first that fails again.
   * @throws CodedError `not-found`
   */
  async retryParked(name: string, id: string): Promise<RetryResult> {
    const runner = this.#reactors.get(name) ?? this.#projection(name);
    if (this.#remote === undefined || runner.isHere) return this.#retryHere(name, id);
    // What `#carryOut` resolves with, on another instance of this program.
    return (await this.#remote.call({ processor: name, action: 'retry', parkedId: id })) as RetryResult;
  }

  /**
   * Removes the documents about these persons from all read models, once all of their events so far are processed. Nothing may
   * be recorded of them any more.
   */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    await this.projectionsCaughtUp(await this.options.eventStore.head());
    for (const runner of this.#projections.values()) await runner.purge(tenantId, subjects);
  }

  /** Resolves when all read models have seen the position. @throws CodedError where they are stopped before */
  async projectionsCaughtUp(position: Position | undefined): Promise<void> {
    const all = await Promise.all([...this.#projections.values()].map((runner) => runner.caughtUp(position)));
    if (!all.every(Boolean)) throw new CodedError('conflict', 'The processors are being stopped.');
  }

  /** Documents that are about one of these persons. */
  async countAbout(tenantId: string, subjects: readonly string[]): Promise<number> {
    let count = 0;
    for (const { projection } of this.#projections.values()) {
      for (const collection of projection.aboutPersons ?? []) {
        const name = this.liveCollection(collection);
        for (const subject of subjects)
          count += await this.options.documentStore.count(name, { tenantId, subject });
      }
    }
    return count;
  }

  /** Lets the projections that have processed everything follow the clock. */
  async advanceClock(now: number): Promise<void> {
    await Promise.all([...this.#projections.values()].map((runner) => runner.advanceClock(now)));
  }

  /** True when all that stands in the event store now is processed and no rebuild is under way; false where stopped. */
  async caughtUp(): Promise<boolean> {
    const head = await this.options.eventStore.head();
    const all = await Promise.all(this.#all().map((runner) => runner.caughtUp(head)));
    return all.every(Boolean);
  }

  liveCollection(collection: string): string {
    const runner = this.#ownerOf.get(collection);
    if (runner === undefined) throw new Error(`no projection has a collection ${collection}`);
    return runner.liveCollection(collection);
  }

  position(projection: string): Position | undefined {
    const { place } = this.#projection(projection).gate;
    return place === 'start' ? undefined : place;
  }

  waitFor(projection: string, position: Position, timeout: number): Promise<boolean> {
    return this.#projection(projection).gate.wait(position, timeout);
  }

  #retryHere(name: string, id: string): Promise<RetryResult> {
    const reactor = this.#reactors.get(name);
    return reactor === undefined
      ? this.#projection(name).withLive((build) => build.retry(id))
      : reactor.retry(id);
  }

  #carryOut({ processor, action, parkedId }: ProcessorCall): Promise<unknown> | undefined {
    const runner = this.#reactors.get(processor) ?? this.#projections.get(processor);
    if (runner?.isHere !== true) return undefined;
    return action === 'retry' ? this.#retryHere(processor, parkedId) : this.rebuild(processor);
  }

  #all(): (ProjectionRunner | ReactorRunner)[] {
    return [...this.#projections.values(), ...this.#reactors.values()];
  }

  #projection(name: string): ProjectionRunner {
    const runner = this.#projections.get(name);
    if (runner === undefined) throw new CodedError('not-found', 'There is no such processor.');
    return runner;
  }

  async #tick(): Promise<void> {
    const { time = systemTime, clock, logger } = this.options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await time.delay(clockInterval, signal);
        await this.advanceClock(clock());
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'the clock of the projections missed a tick');
      }
    }
  }
}

export function createProcessors(options: ProcessorsOptions): Processors {
  return new Processors(options);
}
