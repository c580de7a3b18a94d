import type { DocumentCommit } from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Position, Recorded } from '../domain/metadata.js';
import { wireNamesOf } from '../eventStore/codec.js';
import { formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { Backoff } from './backoff.js';
import type { Claim } from './claims.js';
import { isBefore, type Place } from './eventFeed.js';
import { Exclusive } from './exclusive.js';
import { isFencedOff, isUnavailable, reasonOf } from './failure.js';
import { behindParkedEvent, ParkedEvents, parkedCollection, type RetryResult } from './parkedEvents.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Reactor } from './processor.js';
import { Progress } from './progress.js';
import type { RunnerParts } from './projectionRunner.js';
import { StreamQueues } from './streamQueues.js';

/** Streams that are reacted to at the same time, where the reactor does not say. */
const defaultConcurrency = 16;
/** Events held in memory, waiting or in work. */
const heldAtMost = 1000;
/** Times that an event is tried before it is parked. */
const attempts = 3;
/** Events without interest after which the checkpoint is stored all the same. */
const passedOverAtMost = 20_000;
/** Milliseconds between two looks how far another instance has come. */
const lookInterval = 1000;
/** Milliseconds from one checkpoint to the next at least: events since then are handed over again after a crash. */
const checkpointInterval = 100;

/**
 * Runs one reactor: events of one stream one after the other, streams side by side. The checkpoint never passes an
 * event that is not done, so that after a crash events may be handed over again and none is left out.
 */
export class ReactorRunner {
  readonly gate = new PositionGate();
  readonly #parked: ParkedEvents;
  readonly #parking = new Exclusive();
  readonly #wireNames: ReadonlySet<string>;
  #queues: StreamQueues;
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  readonly #checkpoint: string;
  readonly #claim: Claim;
  /** Ends what is done while this instance holds the claim. */
  #ending = new AbortController();
  /** Aborts when the reactor is stopped or not run here any more. */
  #tenure: AbortSignal = this.#stopping.signal;
  #fencedOff = false;
  /** Where reading goes on; the gate is where work is done without a gap. */
  #read: Place = 'start';
  #passedOver = 0;
  /** Whether an event was done since the checkpoint was stored. */
  #unstored = false;
  #storing: Promise<void> | undefined;
  #longestWait = 0;
  #running: Promise<void> | undefined;

  constructor(
    readonly reactor: Reactor,
    readonly parts: RunnerParts,
  ) {
    const { time } = parts;
    this.#queues = this.#newQueues();
    this.#progress = new Progress(() => time.now());
    this.#checkpoint = `reactor.${reactor.name}`;
    this.#parked = this.#newParked();
    this.#wireNames = wireNamesOf(reactor.eventTypes);
    this.#claim = parts.claims.claim(`reactor ${reactor.name}`);
  }

  /** Whether this instance runs it. */
  get isHere(): boolean {
    return this.#claim.held !== undefined;
  }

  /** Resolves when the place to start from is stored: from then on no event is left out. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve).finally(resolve);
    });
  }

  /** Ends with the events under way; those that wait are handed over at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const drained = this.#queues.stop();
    await this.#running;
    await drained;
    await this.#storing;
    if (this.isHere && !this.#fencedOff) await this.#storeRepeatedly();
    await this.#claim.release();
    this.gate.close();
    this.#progress.state = 'stopped';
  }

  status(): ProcessorStatus {
    const { state, error, behind } = this.#progress;
    const { place } = this.gate;
    return {
      name: this.reactor.name,
      kind: 'reactor',
      version: 1,
      state: state === 'running' && !this.isHere ? 'elsewhere' : state,
      position: place === 'start' ? null : formatPosition(place),
      lag: this.#lag,
      behind: behind || this.#queues.held > 0,
      waiting: this.#queues.held,
      parked: this.#parked.total,
      rebuildProgress: null,
      error,
    };
  }

  /** The oldest of what waits or is under way; while nothing is, what is read is as old as what was read last. */
  get #lag(): number {
    const { oldest } = this.#queues;
    return oldest === undefined ? this.#progress.lag : Math.max(0, this.parts.time.now() - oldest);
  }

  /** Milliseconds from when an event was received to when the reaction to it began, the most since the last call. */
  takeLongestWait(): number {
    const longest = this.#longestWait;
    this.#longestWait = 0;
    return longest;
  }

  list: ParkedEvents['list'] = (page) => this.#parked.list(page);

  /** Hands the parked events of a stream over again; new ones of the stream wait behind them meanwhile. */
  retry(id: string): Promise<RetryResult> {
    return this.#parking.run(() =>
      this.#parked.retry(id, async (recorded) => {
        await this.reactor.react(recorded);
        return {};
      }),
    );
  }

  /** Resolves when no reaction to these streams is under way that began before. */
  reactionsOver(streamNames: readonly string[]): Promise<void> {
    return this.#queues.over(streamNames);
  }

  /** Removes what is parked about these persons, once an attempt to process parked events is over. */
  forget(tenantId: string, subjects: readonly string[]): Promise<void> {
    return this.#parking.run(async () => {
      if (this.isHere) return this.#parked.forget(tenantId, subjects);
      // What another instance has parked the store alone knows.
      const stored = this.#newParked();
      await stored.load();
      await stored.forget(tenantId, subjects);
    });
  }

  async caughtUp(position: Position | undefined): Promise<boolean> {
    return position === undefined || this.gate.wait(position);
  }

  async #run(opened: () => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const held = this.#claim.held ?? (await this.#followElsewhere(opened).catch(() => undefined));
      if (held !== undefined) await this.#whileHeld(held, opened);
    }
  }

  async #followElsewhere(opened: () => void): Promise<AbortSignal> {
    const { signal } = this.#stopping;
    let held: AbortSignal | undefined;
    const seeking = this.#claim.hold(signal).then((given) => {
      held = given;
      return given;
    });
    seeking.catch(() => undefined);
    while (held === undefined && !signal.aborted) {
      if (await this.#look()) opened();
      const timer = new AbortController();
      const pause = this.parts.time.delay(lookInterval, timer.signal).catch(() => undefined);
      await Promise.race([seeking.catch(() => undefined), pause]);
      timer.abort();
    }
    return seeking;
  }

  /** How far another instance has come. Of a new installation it says where to begin, though none runs the reactor yet. */
  async #look(): Promise<boolean> {
    try {
      this.gate.advance(await this.#storedPlace());
      this.#progress.elsewhere();
      return true;
    } catch (error) {
      if (!isFencedOff(error)) this.#warn(error, 'how far a reactor has come could not be read');
      return false;
    }
  }

  /** On the first start of an installation the end of the store. */
  async #storedPlace(): Promise<Place> {
    const { documentStore, eventStore } = this.parts;
    const stored = await documentStore.getCheckpoint(this.#checkpoint);
    if (stored !== undefined) return parsePosition(stored) ?? 'start';
    const head = (await eventStore.head()) ?? 'start';
    await documentStore.commit(this.#checkpointAt(head));
    return head;
  }

  async #whileHeld(held: AbortSignal, opened: () => void): Promise<void> {
    this.#ending = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, held, this.#ending.signal]);
    this.#tenure = signal;
    this.#fencedOff = false;
    this.#progress.behind = true;
    const backoff = new Backoff(this.parts.time, signal);
    let open = false;
    while (!signal.aborted) {
      try {
        if (!open) await this.#open();
        open = true;
        opened();
        await this.#follow(backoff);
      } catch (error) {
        if (signal.aborted) break;
        if (isFencedOff(error)) {
          this.#fencedOff = true;
          break;
        }
        this.#progress.failed(error);
        this.#warn(error, 'reactor interrupted');
        await backoff.failed().catch(() => undefined);
      }
    }
    if (!this.#stopping.signal.aborted) await this.#handOver();
  }

  /** Ends with the reactions under way. What is not done is done by whoever takes over. */
  async #handOver(): Promise<void> {
    this.#ending.abort();
    await this.#queues.stop();
    await this.#storing;
    if (!this.#fencedOff) {
      const place = this.gate.place;
      await this.parts.documentStore
        .commit(this.#checkpointAt(place))
        .catch((error) =>
          this.#warn(error, 'the checkpoint was not stored; events since come again elsewhere'),
        );
    }
    this.#queues = this.#newQueues();
    this.#unstored = false;
    this.#passedOver = 0;
    this.#progress.elsewhere();
    await this.#claim.release();
  }

  #newParked(): ParkedEvents {
    const { documentStore, eventStore, time } = this.parts;
    return new ParkedEvents(documentStore, eventStore, this.reactor.name, this.#checkpoint, () => time.now());
  }

  #newQueues(): StreamQueues {
    return new StreamQueues(this.reactor.concurrency ?? defaultConcurrency, heldAtMost, () => {
      this.#unstored = true;
      this.#settle();
    });
  }

  async #open(): Promise<void> {
    const { documentStore, eventStore } = this.parts;
    await documentStore.define([parkedCollection]);
    this.#read = await this.#storedPlace();
    // Whoever ran this reactor before can store nothing from here on.
    if (!this.parts.claims.alone) await documentStore.commit(this.#checkpointAt(this.#read));
    this.reactor.begin?.();
    this.gate.advance(this.#read);
    await this.#parked.load();
    const head = await eventStore.head();
    this.#progress.behind = head !== undefined && isBefore(this.#read, head);
    this.#progress.state = 'running';
  }

  async #follow(backoff: Backoff): Promise<void> {
    const signal = this.#tenure;
    for (;;) {
      const batch = await this.parts.feed.read(this.#read, signal);
      for (const recorded of batch.select(this.#wireNames, this.reactor.concerns)) {
        if (this.reactor.isMine?.(recorded) === false) continue;
        await this.#queues.room();
        signal.throwIfAborted();
        this.#queues.add(recorded.streamName, recorded.position, recorded.metadata.recordedAt, () =>
          this.#handle(recorded),
        );
        this.#read = recorded.position;
      }
      this.#read = batch.next;
      this.#passedOver += batch.length;
      this.#progress.processed(batch);
      backoff.succeeded();
      this.#settle();
    }
  }

  /** Rejects only where it was stopped before the event was done. */
  async #handle(recorded: Recorded<DomainEvent>): Promise<void> {
    this.#longestWait = Math.max(this.#longestWait, this.parts.time.now() - recorded.metadata.recordedAt);
    if (this.#parked.has(recorded.streamName) && (await this.#park(recorded, undefined))) return;
    const signal = this.#tenure;
    const backoff = new Backoff(this.parts.time, signal);
    for (let attempt = 1; ; ) {
      try {
        return await this.reactor.react(recorded);
      } catch (error) {
        signal.throwIfAborted();
        this.#warn(error, 'an event could not be reacted to');
        if (!isUnavailable(error) && attempt++ === attempts) {
          await this.#park(recorded, error);
          return;
        }
        await backoff.failed();
      }
    }
  }

  /** False where the events it should wait behind were processed meanwhile. */
  #park(recorded: Recorded<DomainEvent>, failure: unknown): Promise<boolean> {
    return this.#parking.run(async () => {
      if (failure === undefined && !this.#parked.has(recorded.streamName)) return false;
      const reason = failure === undefined ? behindParkedEvent : reasonOf(failure);
      const document = this.#parked.documentOf(recorded, reason);
      const puts = [{ collection: parkedCollection.name, document }];
      await this.#commit({ puts, ...this.#checkpointAt(this.gate.place) });
      this.#parked.stored([document]);
      return true;
    });
  }

  /** Moves up to the first gap; where something was done, the checkpoint follows. */
  #settle(): void {
    const place = this.#queues.held === 0 ? this.#read : this.#queues.doneUpTo;
    if (place !== undefined) this.gate.advance(place);
    if (this.#unstored || this.#passedOver >= passedOverAtMost) this.#storing ??= this.#storeRepeatedly();
  }

  async #storeRepeatedly(): Promise<void> {
    try {
      do {
        this.#unstored = false;
        this.#passedOver = 0;
        await this.#commit(this.#checkpointAt(this.gate.place));
        await this.parts.time.delay(checkpointInterval, this.#tenure);
      } while (this.#unstored);
    } catch {
      // Stopped: `stop` stores it, or the events come again.
    } finally {
      this.#storing = undefined;
    }
  }

  /** Tries until it is stored. Rejects where it was stopped before. */
  async #commit(commit: DocumentCommit): Promise<void> {
    const signal = this.#tenure;
    const backoff = new Backoff(this.parts.time, signal);
    for (;;) {
      try {
        return await this.parts.documentStore.commit(commit);
      } catch (error) {
        signal.throwIfAborted();
        if (isFencedOff(error)) {
          this.#fencedOff = true;
          this.#ending.abort();
          throw error;
        }
        this.#warn(error, 'the document store did not take a commit');
        await backoff.failed();
      }
    }
  }

  #checkpointAt(place: Place): DocumentCommit {
    return {
      checkpoint: { name: this.#checkpoint, value: place === 'start' ? place : formatPosition(place) },
    };
  }

  #warn(error: unknown, message: string): void {
    this.parts.logger.warn({ processor: this.reactor.name, err: error }, message);
  }
}
