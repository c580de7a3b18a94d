import type { Position } from '../domain/metadata.js';
import { isBefore, type Place } from './eventFeed.js';

/** Lets those pass who wait until a processor has seen a position. */
export class PositionGate {
  #place: Place = 'start';
  #closed = false;
  readonly #waiting = new Set<{ readonly position: Position; readonly pass: (seen: boolean) => void }>();

  get place(): Place {
    return this.#place;
  }

  /** Never goes back. */
  advance(place: Place): void {
    if (!isBefore(this.#place, place)) return;
    this.#place = place;
    for (const waiter of this.#waiting) {
      if (!isBefore(place, waiter.position)) waiter.pass(true);
    }
  }

  /** False where `timeout` milliseconds were not enough, or the gate was closed. Without a timeout for as long as it takes. */
  wait(position: Position, timeout?: number): Promise<boolean> {
    if (!isBefore(this.#place, position)) return Promise.resolve(true);
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter = {
        position,
        pass: (seen: boolean) => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          resolve(seen);
        },
      };
      const timer = timeout === undefined ? undefined : setTimeout(() => waiter.pass(false), timeout);
      this.#waiting.add(waiter);
    });
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter.pass(false);
  }
}
