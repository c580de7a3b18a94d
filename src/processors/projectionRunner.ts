import { CheckpointMoved, type DocumentCursor, type DocumentStore } from '../documentStore/documentStore.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { type EventReading, formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { Backoff, type ProcessorTime } from './backoff.js';
import type { Claim, Claims } from './claims.js';
import { type ErasedPersons, manyAtATime } from './erasedPersons.js';
import { type EventFeed, isBefore } from './eventFeed.js';
import { Exclusive } from './exclusive.js';
import { isFencedOff, type ProcessorLogger } from './failure.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Projection } from './processor.js';
import { Progress } from './progress.js';
import { buildKey, ProjectionBuild } from './projectionBuild.js';
import type { ReadModelNews } from './readModelNews.js';
import {
  claimPointer,
  loadPointer,
  openPointer,
  type ReadModelPointer,
  storePointer,
  swapped,
  withNextBuild,
} from './readModelPointer.js';
import { buildReplacement } from './replacement.js';
import { removeBuild } from './retiredBuild.js';
import { ServedElsewhere } from './servedElsewhere.js';
import { settlesWithin } from './settlesWithin.js';
import type { Turns } from './turns.js';

/** Milliseconds that a replaced build is kept for reads that began on it. */
const farewell = 15_000;
/** Milliseconds without events after which what was folded is committed, due or not. */
const quiet = 80;
/** Subjects whose documents are removed at a time: few, so that it stays in step with the other projections. */
const purgedAtATime = 256;

/** What is past its period, of each tenant that has periods. */
export type PastPeriods = Iterable<{ readonly tenantId: string; readonly cutoffs: Cutoffs }>;

export interface RunnerParts {
  readonly eventStore: EventReading;
  readonly documentStore: DocumentStore;
  readonly feed: EventFeed;
  readonly turns: Turns;
  /** Most events that a projection folds between two commits. */
  readonly commitSize: number;
  erasedPersons(): ErasedPersons;
  pastPeriods(): PastPeriods | Promise<PastPeriods>;
  readonly claims: Claims;
  readonly news: ReadModelNews;
  readonly time: ProcessorTime;
  readonly logger: ProcessorLogger;
}

/**
 * Runs one projection while this instance holds its claim: its live build, and the one that is made beside it. While
 * another instance does, it knows what is served and how far that has come.
 */
export class ProjectionRunner {
  readonly gate = new PositionGate();
  /** A batch, a swap, a retry and a tick of the clock never overlap. */
  readonly #exclusive = new Exclusive();
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  readonly #claim: Claim;
  /** Aborts when the processor is stopped or not run here any more. */
  #tenure: AbortSignal = this.#stopping.signal;
  readonly #elsewhere: ServedElsewhere;
  #pointer: ReadModelPointer | undefined;
  /** Undefined while a version is served that the code no longer has. */
  #live: ProjectionBuild | undefined;
  #running: Promise<void> | undefined;
  #replacing: Promise<void> | undefined;
  #removing: Promise<void> | undefined;
  #replacementProgress: number | null = null;
  /** Whether events are at hand that are not folded yet, for which documents may have to be loaded first. */
  #hasBatch = false;
  /** Whether the documents are to follow the clock as soon as there are no events left that tell more. */
  #clockDue = true;

  constructor(
    readonly projection: Projection,
    readonly parts: RunnerParts,
  ) {
    this.#progress = new Progress(() => parts.time.now());
    this.#claim = parts.claims.claim(`projection ${projection.name}`);
    this.#elsewhere = new ServedElsewhere(projection, parts, this.gate, (pointer) => {
      this.#pointer = pointer;
    });
  }

  /** Whether this instance runs it. */
  get isHere(): boolean {
    return this.#claim.held !== undefined;
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
    this.parts.news.ended(this.projection.name);
    await this.#claim.release();
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
      state: this.#stateOf(state),
      position: place === 'start' ? null : formatPosition(place),
      lag,
      behind: behind || this.#hasBatch || this.#live?.commitDueIn !== undefined,
      waiting: 0,
      parked: this.#live?.parked.total ?? 0,
      rebuildProgress: this.#replacementProgress,
      error,
    };
  }

  #stateOf(state: Progress['state']): ProcessorStatus['state'] {
    if (state !== 'running') return state;
    if (this.isRebuilding) return 'rebuilding';
    return this.isHere ? state : 'elsewhere';
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

  /** The same, on any instance, for what does not concern what is being folded: where that is done elsewhere, on the build as stored. */
  async withStored<T>(work: (build: ProjectionBuild) => Promise<T>): Promise<T> {
    if (this.isHere) return this.withLive(work);
    const { live } = await openPointer(this.parts.documentStore, this.projection);
    const build = this.#build(live);
    await build.view();
    return work(build);
  }

  /** Runs `work` on the live build between two batches. @throws CodedError while there is none */
  withLive<T>(work: (build: ProjectionBuild) => Promise<T>): Promise<T> {
    return this.#exclusive.run(async () => {
      if (this.#live === undefined) throw new CodedError('conflict', 'The read model is being built.');
      return work(this.#live);
    });
  }

  get isRebuilding(): boolean {
    return this.#replacing !== undefined || this.#elsewhere.isRebuilding;
  }

  /** Removes the documents about these persons. A build that is being made removes them before it is served. */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    for (let served: number | undefined; served !== this.#pointer?.live.generation; ) {
      served = this.#pointer?.live.generation;
      await this.withStored((build) => build.commit());
      for (let from = 0, took = 0; from < subjects.length; from += purgedAtATime) {
        if (from > 0 && this.isHere) await this.#letEventsPass(took);
        const some = subjects.slice(from, from + purgedAtATime);
        took = await this.withStored((build) => timed(build.purge(tenantId, some)));
      }
      if (!this.isHere) await this.#elsewhere.look();
    }
  }

  /** Lets documents follow the clock; where events are still to come that tell more, after those. */
  async advanceClock(now: number): Promise<void> {
    if (this.projection.clock === undefined) return;
    this.#clockDue = this.#progress.behind;
    if (!this.#clockDue) await this.#exclusive.run(async () => this.#live?.advanceClock(now));
  }

  /**
   * Resolves when no rebuild is under way and the position is processed.
   * @returns false where `timeout` milliseconds were not enough for either, or the processor was stopped
   */
  async caughtUp(position: Position | undefined, timeout?: number): Promise<boolean> {
    if (this.isRebuilding) {
      const rebuilt = Promise.all([this.#replacing, this.#elsewhere.noRebuild()]);
      if (timeout === undefined) await rebuilt;
      else if (!(await settlesWithin(rebuilt, timeout))) return false;
    }
    return position === undefined || this.gate.wait(position, timeout);
  }

  async #run(opened: () => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const held = this.#claim.held ?? (await this.#followElsewhere(opened).catch(() => undefined));
      if (held !== undefined) await this.#whileHeld(held, opened);
    }
  }

  #followElsewhere(opened: () => void): Promise<AbortSignal> {
    const { signal } = this.#stopping;
    const seeking = this.#claim.hold(signal);
    return this.#elsewhere.until(seeking, signal, () => {
      this.#progress.elsewhere();
      opened();
    });
  }

  async #whileHeld(held: AbortSignal, opened: () => void): Promise<void> {
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, held, ending.signal]);
    this.#tenure = signal;
    this.#progress.behind = true;
    const backoff = new Backoff(this.parts.time, signal);
    let fencedOff = false;
    while (!signal.aborted && !fencedOff) {
      try {
        await this.#exclusive.run(() => this.#open());
        opened();
        await this.#follow(backoff);
      } catch (error) {
        if (signal.aborted) break;
        fencedOff = isFencedOff(error);
        this.#progress.failed(error);
        this.#warn(error, 'projection interrupted; goes on from its checkpoint');
        if (!fencedOff) await backoff.failed().catch(() => undefined);
      }
    }
    if (this.#stopping.signal.aborted) return;
    ending.abort();
    await this.#handOver(fencedOff);
  }

  /** Commits what was folded, unless another instance has taken over already, and lets others go on. */
  async #handOver(fencedOff: boolean): Promise<void> {
    await Promise.all([this.#replacing, this.#removing]);
    await this.#exclusive.run(async () => {
      const live = this.#live;
      this.#live = undefined;
      if (!fencedOff) await live?.commit().catch((error) => this.#warn(error, 'left to whoever takes over'));
    });
    this.parts.news.ended(this.projection.name);
    this.#progress.elsewhere();
    await this.#claim.release();
  }

  async #open(): Promise<void> {
    const { documentStore } = this.parts;
    const { version, name } = this.projection;
    if (!this.parts.claims.alone) await claimPointer(documentStore, name);
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
    this.#tellPlace();
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
    const signal = this.#tenure;
    for (;;) {
      if (this.#live === undefined) await this.#replacing;
      signal.throwIfAborted();
      const build = this.#live;
      if (build === undefined) {
        if (this.#replacing === undefined) throw new CheckpointMoved('another instance makes the build');
        continue;
      }
      const reading = this.parts.feed.read(build.place, signal);
      const { commitDueIn, checkpointDueIn } = build;
      const due = commitDueIn === undefined ? checkpointDueIn : Math.min(quiet, commitDueIn);
      if (due !== undefined && !(await settlesWithin(reading, due)))
        await this.#onLive(build, () => build.commit());
      const batch = await reading;
      this.#hasBatch = true;
      await this.#onLive(build, async () => {
        await build.process(batch);
        this.#progress.processed(batch, build.place);
        if (this.#clockDue && !this.#progress.behind) await this.#reachedEnd(build);
      }).finally(() => {
        this.#hasBatch = false;
      });
      backoff.succeeded();
    }
  }

  /** Until what came meanwhile is processed, at most so many milliseconds: the other projections wait for this one. */
  async #letEventsPass(longest: number): Promise<void> {
    const head = await this.parts.eventStore.head();
    if (head !== undefined) await this.gate.wait(head, longest);
  }

  /** Unless it was replaced meanwhile. */
  #onLive(build: ProjectionBuild, work: () => Promise<void>): Promise<void> {
    return this.#exclusive.run(async () => {
      if (this.#live !== build) return;
      await work();
      this.gate.advance(build.visiblePlace);
      this.#tellPlace();
    });
  }

  #tellPlace(): void {
    const { place } = this.gate;
    if (this.#pointer === undefined || place === 'start') return;
    const build = buildKey(this.projection.name, this.#pointer.live);
    this.parts.news.moved(this.projection.name, { build, position: formatPosition(place) });
  }

  async #reachedEnd(build: ProjectionBuild): Promise<void> {
    this.#progress.behind = false;
    this.#clockDue = false;
    await build.advanceClock(this.parts.time.now());
  }

  /** Makes the next build and serves it; after a failure from where it was. */
  async #replace(): Promise<void> {
    const signal = this.#tenure;
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
        if (signal.aborted || isFencedOff(error)) break;
        this.#warn(error, 'rebuild interrupted; goes on from its checkpoint');
        await backoff.failed().catch(() => undefined);
      }
    }
    this.#replacementProgress = null;
    this.#replacing = undefined;
  }

  /** Of events that are still in the log: a rebuild must not bring back what was past its period. */
  async #forgetPast(build: ProjectionBuild): Promise<void> {
    for (const { tenantId, cutoffs } of await this.parts.pastPeriods()) {
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
    this.#tellPlace();
    if (this.#pointer.retired.length > 0) this.#removing ??= this.#removeRetired();
  }

  /** Reads that began on a replaced build may still be under way, so it is kept for a while. */
  async #removeRetired(): Promise<void> {
    const { documentStore, time } = this.parts;
    try {
      while (this.#pointer !== undefined && this.#pointer.retired.length > 0) {
        const { retired } = this.#pointer;
        await time.delay(farewell, this.#tenure);
        for (const build of retired) await removeBuild(documentStore, this.projection.name, build);
        await this.#exclusive.run(async () => {
          if (this.#pointer === undefined) return;
          const left = this.#pointer.retired.filter((build) => !retired.includes(build));
          this.#pointer = await storePointer(documentStore, { ...this.#pointer, retired: left });
        });
      }
    } catch (error) {
      if (!this.#tenure.aborted)
        this.#warn(error, 'a replaced read model was not removed; the next start does');
    } finally {
      this.#removing = undefined;
    }
  }

  #build(stored: ReadModelPointer['live']): ProjectionBuild {
    const { time, claims, ...parts } = this.parts;
    const isShared = !claims.alone;
    return new ProjectionBuild(this.projection, stored, { ...parts, isShared, now: () => time.now() });
  }

  #warn(error: unknown, message: string): void {
    this.parts.logger.warn({ processor: this.projection.name, err: error }, message);
  }
}

/** @returns how many milliseconds it took */
async function timed(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}
