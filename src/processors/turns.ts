import { setTimeout as delay, setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others have their turn. */
const workAtATime = 4;
/** Milliseconds of rest after that while they give way: they hardly move, but what waits for them waits not for ever. */
const rest = 200;

/**
 * Divides the main thread between processors: together they work for some milliseconds, then the event loop serves
 * everybody else, then the next of them goes on; while they give way, after a long rest.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #since = 0;
  /** Whether others need the processor more urgently. */
  giveWay = false;

  /** To be asked now and then while working; then `next` is due. */
  get isOver(): boolean {
    return performance.now() - this.#since > workAtATime;
  }

  next(): Promise<void> {
    this.#last = this.#last.then(async () => {
      await (this.giveWay ? delay(rest) : setImmediate());
      this.#since = performance.now();
    });
    return this.#last;
  }
}
