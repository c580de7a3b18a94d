import { type EventBatch, isBefore, type Place } from './eventFeed.js';
import { reasonOf } from './failure.js';
import type { ProcessorStatus } from './processor.js';

/** How a processor is getting on. */
export class Progress {
  state: 'starting' | 'running' | 'failed' | 'stopped' = 'starting';
  error: string | null = null;
  /** Until it is known that nothing is left to process. */
  behind = true;
  #lastRecordedAt: number | undefined;

  constructor(readonly now: () => number) {}

  get lag(): ProcessorStatus['lag'] {
    return this.behind && this.#lastRecordedAt !== undefined
      ? Math.max(0, this.now() - this.#lastRecordedAt)
      : 0;
  }

  /** @param place where the processor is now: after a failure it may be before the batch's end */
  processed({ atEnd, next, lastEvent }: EventBatch, place: Place = next): void {
    this.state = 'running';
    this.error = null;
    this.behind = !atEnd || isBefore(place, next);
    const recordedAt = lastEvent?.metadata.recordedAt;
    if (typeof recordedAt === 'number') this.#lastRecordedAt = recordedAt;
  }

  /** Another instance does the work; it knows how far behind it is. */
  elsewhere(): void {
    this.state = 'running';
    this.error = null;
    this.behind = false;
  }

  failed(error: unknown): void {
    this.state = 'failed';
    this.error = reasonOf(error);
    this.behind = true;
  }
}
