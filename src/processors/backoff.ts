import { setTimeout } from 'node:timers/promises';

/** What processors know of time, so that tests decide it. */
export interface ProcessorTime {
  /** Epoch milliseconds. */
  now(): number;
  /** Rejects when `signal` aborts. */
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** 0 to below 1. */
  random(): number;
}

export const systemTime: Omit<ProcessorTime, 'now'> = {
  delay: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  random: Math.random,
};

const firstWait = 100;
const longestWait = 30_000;

/** Waits longer after each failure in a row, up to 30 s, with the upper half at random so that retries spread. */
export class Backoff {
  #failures = 0;

  constructor(
    readonly time: ProcessorTime,
    readonly signal: AbortSignal,
  ) {}

  succeeded(): void {
    this.#failures = 0;
  }

  async failed(): Promise<void> {
    const wait = Math.min(longestWait, firstWait * 2 ** this.#failures);
    this.#failures += 1;
    await this.time.delay(wait * (0.5 + this.time.random() / 2), this.signal);
  }
}
