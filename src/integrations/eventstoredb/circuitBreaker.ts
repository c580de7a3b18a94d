import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreUnavailable } from '../../eventStore/eventStore.js';
import { reasonOf } from './failures.js';

/** Failures without a success between them, of which each may still be an accident. */
const tolerated = 3;
const shortestPause = 100;
const longestPause = 2000;

/**
 * While the server cannot be reached everybody is told so at once, and one probe at a time finds out when it can be
 * reached again: nobody pays for waiting, and the server is not stormed when it comes back.
 */
export class CircuitBreaker {
  #failures = 0;
  #reason: string | undefined;
  readonly #closed = new AbortController();

  constructor(
    /** Rejects while the server cannot be reached. */
    private readonly probe: () => Promise<void>,
    private readonly onChange: (reason: string | undefined) => void,
  ) {}

  /** Why nobody is let through; undefined while all is well. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @throws EventStoreUnavailable */
  assertClosed(): void {
    if (this.#reason === undefined) return;
    throw new EventStoreUnavailable(`the event store cannot be reached (${this.#reason})`);
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** `certain` where one failure tells enough. */
  failed(error: unknown, certain: boolean): void {
    this.#failures += 1;
    if (this.#reason !== undefined || this.#closed.signal.aborted) return;
    if (certain || this.#failures >= tolerated) void this.#recover(reasonOf(error));
  }

  close(): void {
    this.#closed.abort();
  }

  async #recover(reason: string): Promise<void> {
    this.#set(reason);
    const { signal } = this.#closed;
    for (let pause = shortestPause; !signal.aborted; pause = Math.min(longestPause, 2 * pause)) {
      try {
        await delay(pause, undefined, { signal });
        await this.probe();
        this.#failures = 0;
        this.#set(undefined);
        return;
      } catch (error) {
        if (!signal.aborted) this.#reason = reasonOf(error);
      }
    }
  }

  #set(reason: string | undefined): void {
    this.#reason = reason;
    this.onChange(reason);
  }
}
