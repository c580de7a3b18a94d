import type { EventStore, RecordedEvent } from '../eventStore/eventStore.js';
import { Backoff, type ProcessorTime } from './backoff.js';
import type { EventFeed } from './eventFeed.js';
import type { ProcessorLogger } from './failure.js';
import { PositionGate } from './positionGate.js';

/** Milliseconds between two looks whether everything recorded was seen. */
const lookInterval = 250;

/** Told in the order of recording of what any instance recorded. */
export interface LogObserver {
  /** What is in memory may be older than what comes next: it is to be dropped. */
  onGap(): void;
  onEvents(events: readonly RecordedEvent[]): void;
}

/**
 * Lets caches follow the log, and knows whether they do: what was recorded more than `stepTime` ago has been handed over
 * while `isInStep`. An instance that was stopped for a while, or cannot read, is out of step by the passing of time alone.
 */
export class LogFollower {
  readonly #stopping = new AbortController();
  #seen = new PositionGate();
  #inStepUntil = Number.NEGATIVE_INFINITY;
  #running: Promise<unknown> | undefined;

  constructor(
    readonly parts: {
      readonly eventStore: Pick<EventStore, 'head'>;
      readonly feed: EventFeed;
      readonly time: ProcessorTime;
      readonly logger: ProcessorLogger;
    },
    /** Milliseconds. */
    readonly stepTime: number,
    readonly observers: readonly LogObserver[],
  ) {}

  get isInStep(): boolean {
    return performance.now() < this.#inStepUntil;
  }

  start(): void {
    this.#running = Promise.all([
      this.#repeatedly(() => this.#follow()),
      this.#repeatedly(() => this.#look()),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#seen.close();
    await this.#running;
  }

  async #repeatedly(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(this.parts.time, signal);
    while (!signal.aborted) {
      try {
        await work();
        backoff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        this.parts.logger.warn({ err: error }, 'the log is not followed; goes on where it was');
        await backoff.failed().catch(() => undefined);
      }
    }
  }

  async #follow(): Promise<void> {
    const { feed, eventStore } = this.parts;
    const { signal } = this.#stopping;
    if (this.#seen.place === 'start') {
      const head = (await eventStore.head()) ?? 'start';
      for (const observer of this.observers) observer.onGap();
      this.#seen.advance(head);
    }
    for (;;) {
      const batch = await feed.read(this.#seen.place, signal);
      const { events } = batch;
      for (const observer of this.observers) observer.onEvents(events);
      this.#seen.advance(batch.next);
    }
  }

  async #look(): Promise<void> {
    const { eventStore, time } = this.parts;
    const askedAt = performance.now();
    const head = await eventStore.head();
    if (head === undefined || (await this.#seen.wait(head, this.stepTime))) {
      this.#inStepUntil = askedAt + this.stepTime;
    }
    await time.delay(lookInterval, this.#stopping.signal);
  }
}
