import type { DocumentCursor, DocumentStore } from '../documentStore/documentStore.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { type EventStore, formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { Backoff, type ProcessorTime } from './backoff.js';
import { type ErasedPersons, manyAtATime } from './erasedPersons.js';
import { type EventFeed, isBefore } from './eventFeed.js';
import { Exclusive } from './exclusive.js';
import type { ProcessorLogger } from './failure.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Projection } from './processor.js';
import { Progress } from './progress.js';
import { buildKey, ProjectionBuild } from './projectionBuild.js';
import {
  loadPointer,
  type ReadModelPointer,
  storePointer,
  swapped,
  withNextBuild,
} from './readModelPointer.js';
import { buildReplacement } from './replacement.js';
import { removeBuild } from './retiredBuild.js';
import { settlesWithin } from './settlesWithin.js';
import type { Turns } from './turns.js';

/** Milliseconds that a replaced build is kept for reads that began on it. */
const farewell = 15_000;
/** Milliseconds without events after which what was folded is committed, due or not. */
const quiet = 80;

/** What is past its period, of each tenant that has periods. */
export type PastPeriods = Iterable<{ readonly tenantId: string; readonly cutoffs: Cutoffs }>;

export interface RunnerParts {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly feed: EventFeed;
  readonly turns: Turns;
  /** Most events that a projection folds between two commits. */
  readonly commitSize: number;
  erasedPersons(): ErasedPersons;
  pastPeriods(): PastPeriods;
  readonly time: ProcessorTime;
  readonly logger: ProcessorLogger;
}

/** Runs one projection: its live build, and the one that is made beside it. */
export class ProjectionRunner {
  readonly gate = new PositionGate();
  /** A batch, a swap, a retry and a tick of the clock never overlap. */
  readonly #exclusive = new Exclusive();
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  #pointer: ReadModelPointer | undefined;
  /** Undefined while a version is served that the code no longer has. */
  #live: ProjectionBuild | undefined;
  #running: Promise<void> | undefined;
  #replacing: Promise<void> | undefined;
  #removing: Promise<void> | undefined;
  #replacementProgress: number | null = null;
  /** Whether the documents are to follow the clock as soon as there are no events left that tell more. */
  #clockDue = true;

  constructor(
    readonly projection: Projection,
    readonly parts: RunnerParts,
  ) {
    this.#progress = new Progress(() => parts.time.now());
  }

  /** Resolves when it is known what is served. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve).finally(resolve);
    });
  }

  /** Ends with the batch under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#running, this.#replacing, this.#removing]);
    try {
      await this.#exclusive.run(async () => this.#live?.commit());
    } catch (error) {
      this.#warn(error, 'the checkpoint was not stored; events since will be passed over again');
    }
    this.gate.close();
    this.#progress.state = 'stopped';
  }

  /** Physical name of a logical collection. @throws CodedError where the version that is served has none */
  liveCollection(collection: string): string {
    const name = this.#pointer?.live.collections[collection];
    if (name === undefined) throw new CodedError('read-model-behind', 'This read model is being built.');
    return name;
  }

  status(): ProcessorStatus {
    const { state, error, behind, lag } = this.#progress;
    const { place } = this.gate;
    return {
      name: this.projection.name,
      kind: 'projection',
      version: this.#pointer?.live.version ?? this.projection.version,
      state: state === 'running' && this.#replacing !== undefined ? 'rebuilding' : state,
      position: place === 'start' ? null : formatPosition(place),
      lag,
      behind: behind || this.#live?.commitDueIn !== undefined,
      parked: this.#live?.parked.total ?? 0,
      rebuildProgress: this.#replacementProgress,
      error,
    };
  }

  /** Begins to build the documents anew beside the live ones. @throws CodedError `conflict` while that is under way */
  async rebuild(): Promise<void> {
    await this.#exclusive.run(async () => {
      if (this.#pointer === undefined) throw new CodedError('conflict', 'The processor has not started yet.');
      if (this.#pointer.next !== null) throw new CodedError('conflict', 'A rebuild is already under way.');
      this.#pointer = await storePointer(
        this.parts.documentStore,
        withNextBuild(this.#pointer, this.projection),
      );
      this.#replacing ??= this.#replace();
    });
  }

  /** Runs `work` on the live build between two batches. @throws CodedError while there is none */
  withLive<T>(work: (build: ProjectionBuild) => Promise<T>): Promise<T> {
    return this.#exclusive.run(async () => {
      if (this.#live === undefined) throw new CodedError('conflict', 'The read model is being built.');
      return work(this.#live);
    });
  }

  get isRebuilding(): boolean {
    return this.#replacing !== undefined;
  }

  /** Removes the documents about these persons. A build that is being made removes them before it is served. */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    await this.withLive((build) => build.purge(tenantId, subjects));
  }

  /** Lets documents follow the clock; where events are still to come that tell more, after those. */
  async advanceClock(now: number): Promise<void> {
    if (this.projection.clock === undefined) return;
    this.#clockDue = this.#progress.behind;
    if (!this.#clockDue) await this.#exclusive.run(async () => this.#live?.advanceClock(now));
  }

  /** True when events up to `position` are processed and no build is under way; false where it was stopped before. */
  /**
   * Resolves when no rebuild is under way and the position is processed.
   * @returns false where `timeout` milliseconds were not enough for either, or the processor was stopped
   */
  async caughtUp(position: Position | undefined, timeout?: number): Promise<boolean> {
    const replacing = this.#replacing;
    if (timeout === undefined) await replacing;
    else if (replacing !== undefined && !(await settlesWithin(replacing, timeout))) return false;
    return position === undefined || this.gate.wait(position, timeout);
  }

  async #run(opened: () => void): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(this.parts.time, signal);
    while (!signal.aborted) {
      try {
        await this.#exclusive.run(() => this.#open());
        opened();
        await this.#follow(backoff);
      } catch (error) {
        if (signal.aborted) return;
        this.#progress.failed(error);
        this.#warn(error, 'projection interrupted; goes on from its checkpoint');
        await backoff.failed().catch(() => undefined);
      }
    }
  }

  async #open(): Promise<void> {
    const { documentStore } = this.parts;
    const { version, name } = this.projection;
    let pointer = await loadPointer(documentStore, this.projection);
    const current = pointer.live.version === version;
    if (pointer.next === null ? !current : pointer.next.version !== version) {
      pointer = await storePointer(documentStore, withNextBuild(pointer, this.projection));
    }
    this.#pointer = pointer;
    this.#live = undefined;
    this.#clockDue = true;
    if (current) {
      this.#live = await this.#load(pointer.live);
    } else {
      const checkpoint = await documentStore.getCheckpoint(buildKey(name, pointer.live));
      this.gate.advance(parsePosition(checkpoint ?? '') ?? 'start');
    }
    this.#progress.state = 'running';
    if (pointer.next !== null) this.#replacing ??= this.#replace();
    if (this.#pointer.retired.length > 0) this.#removing ??= this.#removeRetired();
  }

  async #load(stored: ReadModelPointer['live']): Promise<ProjectionBuild> {
    const build = this.#build(stored);
    await build.load();
    this.gate.advance(build.place);
    const head = await this.parts.eventStore.head();
    if (head === undefined || !isBefore(build.place, head)) await this.#reachedEnd(build);
    return build;
  }

  async #follow(backoff: Backoff): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      if (this.#live === undefined) await this.#replacing;
      signal.throwIfAborted();
      const build = this.#live;
      if (build === undefined) continue;
      const reading = this.parts.feed.read(build.place, signal);
      const { commitDueIn } = build;
      if (commitDueIn !== undefined && !(await settlesWithin(reading, Math.min(quiet, commitDueIn))))
        await this.#onLive(build, () => build.commit());
      const batch = await reading;
      await this.#onLive(build, async () => {
        await build.process(batch);
        this.#progress.processed(batch, build.place);
        if (this.#clockDue && !this.#progress.behind) await this.#reachedEnd(build);
      });
      backoff.succeeded();
    }
  }

  /** Unless it was replaced meanwhile. */
  #onLive(build: ProjectionBuild, work: () => Promise<void>): Promise<void> {
    return this.#exclusive.run(async () => {
      if (this.#live !== build) return;
      await work();
      this.gate.advance(build.visiblePlace);
    });
  }

  async #reachedEnd(build: ProjectionBuild): Promise<void> {
    this.#progress.behind = false;
    this.#clockDue = false;
    await build.advanceClock(this.parts.time.now());
  }

  /** Makes the next build and serves it; after a failure from where it was. */
  async #replace(): Promise<void> {
    const { signal } = this.#stopping;
    const { eventStore, feed, time } = this.parts;
    const backoff = new Backoff(time, signal);
    while (!signal.aborted && this.#pointer?.next) {
      const build = this.#build(this.#pointer.next);
      try {
        await buildReplacement(
          build,
          {
            eventStore,
            batchSize: feed.batchSize,
            signal,
            livePlace: () => this.#live?.place,
            whileLiveWaits: (work) => this.#exclusive.run(work),
          },
          () => this.#forgetPast(build),
          () => this.#swap(build),
          (progress) => {
            this.#replacementProgress = progress;
            backoff.succeeded();
          },
        );
      } catch (error) {
        if (signal.aborted) break;
        this.#warn(error, 'rebuild interrupted; goes on from its checkpoint');
        await backoff.failed().catch(() => undefined);
      }
    }
    this.#replacementProgress = null;
    this.#replacing = undefined;
  }

  /** Of events that are still in the log: a rebuild must not bring back what was past its period. */
  async #forgetPast(build: ProjectionBuild): Promise<void> {
    for (const { tenantId, cutoffs } of this.parts.pastPeriods()) {
      for (const collection of Object.keys(this.projection.forgetPast ?? {})) {
        let after: DocumentCursor | undefined;
        do {
          this.#stopping.signal.throwIfAborted();
          after = (await build.forgetPast(collection, tenantId, cutoffs, after)).next;
        } while (after !== undefined);
      }
    }
  }

  async #swap(build: ProjectionBuild): Promise<void> {
    if (this.#pointer === undefined) return;
    if (this.#live === undefined || !this.#progress.behind) await this.#reachedEnd(build);
    for await (const { tenantId, subjects } of manyAtATime(this.parts.erasedPersons()))
      await build.purge(tenantId, subjects);
    this.#pointer = await storePointer(this.parts.documentStore, swapped(this.#pointer));
    this.#live = build;
    this.gate.advance(build.place);
    if (this.#pointer.retired.length > 0) this.#removing ??= this.#removeRetired();
  }

  /** Reads that began on a replaced build may still be under way, so it is kept for a while. */
  async #removeRetired(): Promise<void> {
    const { documentStore, time } = this.parts;
    try {
      while (this.#pointer !== undefined && this.#pointer.retired.length > 0) {
        const { retired } = this.#pointer;
        await time.delay(farewell, this.#stopping.signal);
        for (const build of retired) await removeBuild(documentStore, this.projection.name, build);
        await this.#exclusive.run(async () => {
          if (this.#pointer === undefined) return;
          const left = this.#pointer.retired.filter((build) => !retired.includes(build));
          this.#pointer = await storePointer(documentStore, { ...this.#pointer, retired: left });
        });
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.#warn(error, 'a replaced read model was not removed; the next start does');
    } finally {
      this.#removing = undefined;
    }
  }

  #build(stored: ReadModelPointer['live']): ProjectionBuild {
    const { time, ...parts } = this.parts;
    return new ProjectionBuild(this.projection, stored, { ...parts, now: () => time.now() });
  }

  #warn(error: unknown, message: string): void {
    this.parts.logger.warn({ processor: this.projection.name, err: error }, message);
  }
}
