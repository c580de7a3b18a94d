import type { Document, DocumentPage, DocumentStore } from '../documentStore/documentStore.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { SharedState } from '../sharedState/sharedState.js';
import { type ProcessorTime, systemTime } from './backoff.js';
import { type Claims, soleClaims } from './claims.js';
import { collectionsAbout, documentsAbout } from './documentsAbout.js';
import type { ErasedPersons } from './erasedPersons.js';
import { EventFeed } from './eventFeed.js';
import type { ProcessorLogger } from './failure.js';
import { watchLateReactions } from './lateReactions.js';
import { LogFollower, type LogObserver } from './logFollower.js';
import { type ParkedEvents, parkedCollection, type RetryResult } from './parkedEvents.js';
import type { ParkedEvent, ProcessorStatus, Projection, Reactor } from './processor.js';
import type { ForgottenPage } from './projectionBuild.js';
import type { ForgettingCollection, NotCaughtUp, ProjectionHost, ReadModels } from './projectionHost.js';
import type { PastPeriods } from './projectionRunner.js';
import { ProjectionRunners, projectionBatchSize, projectionCommitSize } from './projectionRunners.js';
import { ReactorRunner } from './reactorRunner.js';
import { noNews, type ReadModelNews, shareReadModelNews } from './readModelNews.js';
import { type ProcessorCall, RemoteCalls } from './remoteCalls.js';
import { settlesWithin } from './settlesWithin.js';
import { Turns } from './turns.js';

const reactorBatchSize = 1000;
/** Milliseconds that one reactor waits for another: as good as not, since they wait for models and providers. */
const reactorPatience = 50;
/** Milliseconds between two ticks of the projections' clock. */
const clockInterval = 60_000;

export interface ProcessorsOptions {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly projections: readonly Projection[];
  /** What runs the projections; default: this thread. */
  readonly projectionHost?: ProjectionHost;
  readonly reactors: readonly Reactor[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly logger: ProcessorLogger;
  readonly erasedPersons: () => ErasedPersons;
  /** Default: nothing has a period. */
  readonly pastPeriods?: () => PastPeriods;
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

/** What was waited for takes longer than it may: to be tried again later. */
export class ProcessorsBusy extends Error {
  constructor(readonly code: NotCaughtUp | 'reaction-under-way') {
    super(`what was waited for is not over: ${code}`);
  }
}

/** All projections and reactors of the process. */
export class Processors implements ReadModels {
  readonly #projections: ProjectionHost;
  readonly #reactors: ReadonlyMap<string, ReactorRunner>;
  /** A reaction takes as long as it takes, so reactors read apart from the projections, which wait for each other. */
  readonly #feeds: readonly EventFeed[];
  readonly #stopping = new AbortController();
  readonly #news: ReadModelNews;
  readonly #remote: RemoteCalls | undefined;
  readonly #follower: LogFollower | undefined;
  #clock: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;
  #giveWay = false;

  constructor(readonly options: ProcessorsOptions) {
    const { eventStore, documentStore, projections, reactors, clock, logger, batchSize } = options;
    const { commitSize = projectionCommitSize, erasedPersons, pastPeriods = () => [], shared } = options;
    const claims = shared?.claims ?? soleClaims;
    this.#news = shared === undefined ? noNews : shareReadModelNews(shared.sharedState);
    this.#remote = shared && new RemoteCalls(shared.sharedState, (call) => this.#carryOut(call));
    const feed = new EventFeed(eventStore, batchSize ?? projectionBatchSize);
    const reactorFeed = new EventFeed(eventStore, reactorBatchSize, 0, reactorPatience);
    this.#feeds = [feed, reactorFeed];
    const time: ProcessorTime = { ...(options.time ?? systemTime), now: clock };
    const turns = new Turns();
    const work = { claims, news: this.#news, commitSize, erasedPersons, pastPeriods };
    const parts = { eventStore, documentStore, feed, turns, time, logger, ...work };
    this.#projections = options.projectionHost ?? new ProjectionRunners(projections, parts);
    this.#reactors = new Map(
      reactors.map((each) => [each.name, new ReactorRunner(each, { ...parts, feed: reactorFeed })]),
    );
    this.#follower = shared && new LogFollower(parts, shared.stepTime, shared.observers);
    const names = new Set([...projections, ...reactors].map(({ name }) => name));
    if (names.size < projections.length + reactors.length) throw new Error('two processors have one name');
  }

  /** Resolves when each processor knows where it stands; from then on no reactor misses an event. */
  async start(): Promise<void> {
    this.#follower?.start();
    const reactors = [...this.#reactors.values()].map((runner) => runner.start());
    await Promise.all([this.#projections.start(), ...reactors]);
    this.#clock = this.#tick();
  }

  /** Whether projections do, to reactions that people wait for. */
  get giveWay(): boolean {
    return this.#giveWay;
  }

  /** From now on projections give way while reactions that people wait for begin late. For processes that serve people. */
  giveWayToUrgent(): void {
    const urgent = [...this.#reactors.values()].filter(({ reactor }) => reactor.isUrgent);
    this.#unwatch ??= watchLateReactions(
      () => Math.max(0, ...urgent.map((runner) => runner.takeLongestWait())),
      (areLate) => {
        this.#giveWay = areLate;
        // Where they have ended there is nothing to give way.
        this.#projections.giveWay(areLate).catch(() => undefined);
      },
    );
  }

  /** Ends with the batches and reactions under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unwatch?.();
    const reactors = [...this.#reactors.values()].map((runner) => runner.stop());
    await Promise.all([this.#projections.stop(), ...reactors, this.#clock]);
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
    const reactors = [...this.#reactors.values()].map((runner) => runner.status());
    return [...this.#projections.statuses(), ...reactors];
  }

  /**
   * Begins to build a projection anew beside its live documents; its status tells how far it is.
   * @throws CodedError `not-found`; `conflict` for a reactor and while a rebuild is under way
   */
  async rebuild(name: string): Promise<void> {
    if (this.#reactors.has(name)) throw new CodedError('conflict', 'A reactor can never be replayed.');
    if (this.#remote === undefined || this.#projections.isHere(name)) await this.#projections.rebuild(name);
    else await this.#remote.call({ processor: name, action: 'rebuild', parkedId: '' });
  }

  /** Oldest first. @throws CodedError `not-found` */
  async parked(name: string, page: Parameters<ParkedEvents['list']>[0]): Promise<DocumentPage<ParkedEvent>> {
    return this.#reactors.get(name)?.list(page) ?? this.#projections.parked(name, page);
  }

  /**
   * Processes the parked events of the stream that `id` belongs to, in their order, up to the first that fails again.
   * @throws CodedError `not-found`
   */
  async retryParked(name: string, id: string): Promise<RetryResult> {
    if (this.#remote === undefined || this.#isHere(name)) return this.#retryHere(name, id);
    // What `#carryOut` resolves with, on another instance of this program.
    return (await this.#remote.call({ processor: name, action: 'retry', parkedId: id })) as RetryResult;
  }

  /**
   * Removes the documents about these persons from all read models, and what is parked about them. All of their events are
   * processed, and nothing may be recorded of them any more.
   */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    await this.#projections.purge(tenantId, subjects);
    for (const runner of this.#reactors.values()) await runner.forget(tenantId, subjects);
  }

  /** Resolves when all read models have seen the position. @throws ProcessorsBusy after `timeout` milliseconds, if given */
  async projectionsCaughtUp(position: Position | undefined, timeout?: number): Promise<void> {
    const notCaughtUp = await this.#projections.caughtUp(position, timeout);
    if (notCaughtUp === undefined) return;
    if (this.#stopping.signal.aborted) throw new CodedError('conflict', 'The processors are being stopped.');
    throw new ProcessorsBusy(notCaughtUp);
  }

  /** The collections whose documents forget, always in the same order. */
  forgetting(): ForgettingCollection[] {
    return this.options.projections.flatMap(({ name, forgetPast = {} }) =>
      Object.keys(forgetPast).map((collection) => ({ projection: name, collection })),
    );
  }

  /**
   * Lets some documents of a live collection forget what is past its period, between two batches.
   * @throws CodedError `conflict` while the read model is being built for the first time
   */
  forgetPast(...about: Parameters<ProjectionHost['forgetPast']>): Promise<ForgottenPage> {
    return this.#projections.forgetPast(...about);
  }

  /**
   * Resolves when no reaction is under way to these streams that began before the call: one that begins later sees what
   * stands by then. @throws ProcessorsBusy after `timeout` milliseconds, if given
   */
  async reactionsOver(streamNames: readonly string[], timeout?: number): Promise<void> {
    for (const runner of this.#reactors.values()) {
      const over = runner.reactionsOver(streamNames);
      if (timeout === undefined) await over;
      else if (!(await settlesWithin(over, timeout))) throw new ProcessorsBusy('reaction-under-way');
    }
  }

  /** Streams of which something about these persons is parked, so that read models may know nothing of it. */
  async parkedStreams(tenantId: string, subjects: readonly string[]): Promise<string[]> {
    const names = new Set<string>();
    // What other instances have parked is not counted here.
    if (this.#remote === undefined && this.statuses().every(({ parked }) => parked === 0)) return [];
    const about = { name: parkedCollection.name, tenantId, subjects };
    for await (const page of documentsAbout<ParkedEvent>(this.options.documentStore, about))
      for (const { streamName } of page) names.add(streamName);
    return [...names];
  }

  /** Those of the subjects that documents are about. */
  async subjectsFound(tenantId: string, subjects: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const projection of this.options.projections) {
      for (const { name: logical, orderedBy } of collectionsAbout(projection)) {
        const about = { name: this.liveCollection(logical), orderedBy, tenantId, subjects };
        const pages = documentsAbout<Document & { subject: string }>(this.options.documentStore, about);
        for await (const page of pages) for (const { subject } of page) found.add(subject);
      }
    }
    return found;
  }

  /** Lets the projections that have processed everything follow the clock. */
  async advanceClock(now: number): Promise<void> {
    await this.#projections.advanceClock(now);
  }

  /** True when all that stands in the event store now is processed and no rebuild is under way; false where stopped. */
  async caughtUp(): Promise<boolean> {
    const head = await this.options.eventStore.head();
    const reactors = [...this.#reactors.values()].map((runner) => runner.caughtUp(head));
    const [notCaughtUp, ...done] = await Promise.all([this.#projections.caughtUp(head), ...reactors]);
    return notCaughtUp === undefined && done.every(Boolean);
  }

  liveCollection(collection: string): string {
    return this.#projections.liveCollection(collection);
  }

  position(projection: string): Position | undefined {
    return this.#projections.position(projection);
  }

  waitFor(projection: string, position: Position, timeout?: number): Promise<boolean> {
    return this.#projections.waitFor(projection, position, timeout);
  }

  #isHere(name: string): boolean {
    return this.#reactors.get(name)?.isHere ?? this.#projections.isHere(name);
  }

  #retryHere(name: string, id: string): Promise<RetryResult> {
    return this.#reactors.get(name)?.retry(id) ?? this.#projections.retry(name, id);
  }

  #carryOut({ processor, action, parkedId }: ProcessorCall): Promise<unknown> | undefined {
    const isKnown = this.statuses().some(({ name }) => name === processor);
    if (!isKnown || !this.#isHere(processor)) return undefined;
    return action === 'retry' ? this.#retryHere(processor, parkedId) : this.rebuild(processor);
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
