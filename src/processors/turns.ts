import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others have their turn. */
const workAtATime = 4;

/**
 * Divides the main thread between processors: together they work for some milliseconds, then the event loop serves
 * everybody else, then the next of them goes on.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #since = 0;

  /** To be asked now and then while working; then `next` is due. */
  get isOver(): boolean {
    return performance.now() - this.#since > workAtATime;
  }

  next(): Promise<void> {
    this.#last = this.#last.then(async () => {
      await setImmediate();
      this.#since = performance.now();
    });
    return this.#last;
  }
}
