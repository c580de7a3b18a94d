import type { DocumentCommit } from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Position, Recorded } from '../domain/metadata.js';
import { wireNamesOf } from '../eventStore/codec.js';
import { formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { Backoff } from './backoff.js';
import { isBefore, type Place } from './eventFeed.js';
import { Exclusive } from './exclusive.js';
import { isUnavailable, reasonOf } from './failure.js';
import { behindParkedEvent, ParkedEvents, parkedCollection, type RetryResult } from './parkedEvents.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Reactor } from './processor.js';
import { Progress } from './progress.js';
import type { RunnerParts } from './projectionRunner.js';
import { StreamQueues } from './streamQueues.js';

/** Streams that are reacted to at the same time. */
const concurrency = 16;
/** Events held in memory, waiting or in work. */
const heldAtMost = 1000;
/** Times that an event is tried before it is parked. */
const attempts = 3;
/** Events without interest after which the checkpoint is stored all the same. */
const passedOverAtMost = 20_000;
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
  readonly #queues = new StreamQueues(concurrency, heldAtMost, () => {
    this.#unstored = true;
    this.#settle();
  });
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  readonly #checkpoint: string;
  /** Where reading goes on; the gate is where work is done without a gap. */
  #read: Place = 'start';
  #passedOver = 0;
  /** Whether an event was done since the checkpoint was stored. */
  #unstored = false;
  #storing: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(
    readonly reactor: Reactor,
    readonly parts: RunnerParts,
  ) {
    const { documentStore, eventStore, time } = parts;
    this.#progress = new Progress(() => time.now());
    this.#checkpoint = `reactor.${reactor.name}`;
    this.#parked = new ParkedEvents(documentStore, eventStore, reactor.name, this.#checkpoint, () =>
      time.now(),
    );
    this.#wireNames = wireNamesOf(reactor.eventTypes);
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
    await this.#storeRepeatedly();
    this.gate.close();
    this.#progress.state = 'stopped';
  }

  status(): ProcessorStatus {
    const { state, error, behind, lag } = this.#progress;
    const { place } = this.gate;
    return {
      name: this.reactor.name,
      kind: 'reactor',
      version: 1,
      state,
      position: place === 'start' ? null : formatPosition(place),
      lag,
      behind: behind || this.#queues.held > 0,
      parked: this.#parked.total,
      rebuildProgress: null,
      error,
    };
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
    return this.#parking.run(() => this.#parked.forget(tenantId, subjects));
  }

  async caughtUp(position: Position | undefined): Promise<boolean> {
    return position === undefined || this.gate.wait(position);
  }

  async #run(opened: () => void): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(this.parts.time, signal);
    let open = false;
    while (!signal.aborted) {
      try {
        if (!open) await this.#open();
        open = true;
        opened();
        await this.#follow(backoff);
      } catch (error) {
        if (signal.aborted) return;
        this.#progress.failed(error);
        this.#warn(error, 'reactor interrupted');
        await backoff.failed().catch(() => undefined);
      }
    }
  }

  async #open(): Promise<void> {
    const { documentStore, eventStore } = this.parts;
    await documentStore.define([parkedCollection]);
    const stored = await documentStore.getCheckpoint(this.#checkpoint);
    if (stored === undefined) {
      this.#read = (await eventStore.head()) ?? 'start';
      await documentStore.commit(this.#checkpointAt(this.#read));
    } else {
      this.#read = parsePosition(stored) ?? 'start';
    }
    this.gate.advance(this.#read);
    await this.#parked.load();
    const head = await eventStore.head();
    this.#progress.behind = head !== undefined && isBefore(this.#read, head);
    this.#progress.state = 'running';
  }

  async #follow(backoff: Backoff): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const batch = await this.parts.feed.read(this.#read, signal);
      for (const recorded of batch.select(this.#wireNames)) {
        await this.#queues.room();
        signal.throwIfAborted();
        this.#queues.add(recorded.streamName, recorded.position, () => this.#handle(recorded));
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
    if (this.#parked.has(recorded.streamName) && (await this.#park(recorded, undefined))) return;
    const { signal } = this.#stopping;
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
      await this.#commit({ puts: [{ collection: parkedCollection.name, document }] });
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
        await this.parts.time.delay(checkpointInterval, this.#stopping.signal);
      } while (this.#unstored);
    } catch {
      // Stopped: `stop` stores it, or the events come again.
    } finally {
      this.#storing = undefined;
    }
  }

  /** Tries until it is stored. Rejects where it was stopped before. */
  async #commit(commit: DocumentCommit): Promise<void> {
    const backoff = new Backoff(this.parts.time, this.#stopping.signal);
    for (;;) {
      try {
        return await this.parts.documentStore.commit(commit);
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
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
