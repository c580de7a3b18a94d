import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreUnavailable } from '../../eventStore/eventStore.js';
import { CircuitBreaker } from './circuitBreaker.js';
import type { EventStoreDbClient } from './eventStoreDbClient.js';
import { commandError, Dropped, meaningOf, NotConfirmed, Silence, unavailable } from './failures.js';
import { allRead } from './readRequests.js';

export interface ConnectionOptions {
  readonly createClient: () => EventStoreDbClient;
  /** Longest wait for one answer, milliseconds. */
  readonly timeout: number;
  /** Told why the server cannot be reached, and when it can be again (undefined). */
  readonly onChange: (reason: string | undefined) => void;
}

/** Pauses between attempts of one request, milliseconds. */
const pauses = [20, 100, 300];
/** How long a request under way waits for a probe, milliseconds; what comes later is told at once. */
const longestDoubt = 1000;

/**
 * The one client of this process, made anew after each failure that leaves a connection in doubt: a client keeps a
 * failed discovery for ever, and a connection that is silent is never given up by itself.
 */
export class Connection {
  readonly #closed = new AbortController();
  readonly breaker: CircuitBreaker;
  #client: EventStoreDbClient | undefined;
  #renewals = 0;

  constructor(private readonly options: ConnectionOptions) {
    // Everything under way listens.
    setMaxListeners(0, this.closing);
    this.breaker = new CircuitBreaker(() => this.#probe(), options.onChange);
  }

  get timeout(): number {
    return this.options.timeout;
  }

  /** How often the client was made anew. */
  get renewals(): number {
    return this.#renewals;
  }

  /** Aborts when the connection is closed. */
  get closing(): AbortSignal {
    return this.#closed.signal;
  }

  /** @throws EventStoreUnavailable where it was closed, or the server is known to be out of reach */
  assertUsable(): void {
    if (this.closing.aborted) throw new EventStoreUnavailable('the event store is closed');
    this.breaker.assertClosed();
  }

  /**
   * One request, ended by the server's answer or after `timeout`. Rejects with the server's error as it is.
   * @throws EventStoreUnavailable before anything is sent
   */
  async once<T>(request: (client: EventStoreDbClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { client } = this;
    try {
      const answer = await within(this.timeout, this.closing, (signal) => request(client, signal));
      this.breaker.succeeded();
      return answer;
    } catch (given) {
      const error = commandError(given);
      this.#heed(client, error);
      throw error;
    }
  }

  /** A request that does no harm when it is carried out twice. @throws EventStoreUnavailable */
  async repeatable<T>(request: (client: EventStoreDbClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.once(request);
      } catch (error) {
        if (meaningOf(error) === 'answer') throw error;
        await this.pause(attempt, error);
      }
    }
  }

  /** Before the next attempt. @throws EventStoreUnavailable where there have been enough */
  async pause(attempt: number, error: unknown): Promise<void> {
    const pause = pauses[attempt];
    if (pause === undefined) throw unavailable(error);
    await delay(pause, undefined, { signal: this.closing }).catch(() => undefined);
    await this.breaker.settled(Math.min(longestDoubt, this.timeout));
  }

  /** For what stays open. It ends with the client, and is opened again by who opened it. */
  get client(): EventStoreDbClient {
    this.assertUsable();
    return this.#made();
  }

  async close(): Promise<void> {
    this.#closed.abort(new EventStoreUnavailable('the event store is closed'));
    this.breaker.close();
    await this.#client?.close();
  }

  #heed(client: EventStoreDbClient, error: unknown): void {
    if (this.closing.aborted) return;
    const meaning = meaningOf(error);
    if (meaning === 'answer') {
      if (!(error instanceof EventStoreUnavailable)) this.breaker.succeeded();
      return;
    }
    // The client follows a leader by itself.
    if (meaning === 'not-executed' || error instanceof Dropped) return;
    // It was said over a stream that works, on which others wait. Sent again while the first is being replicated, they would
    // not be confirmed either.
    if (error instanceof NotConfirmed) return;
    // All requests of a client fail together: that is one failure.
    if (this.#client !== client) return;
    const isSilent = error instanceof Silence;
    const isDead = isSilent && performance.now() - client.heardAt >= this.timeout;
    if (isSilent && !isDead) client.dropAppends();
    else this.#renew(client);
    this.breaker.failed(error, isDead);
  }

  /**
   * Not before it is needed: gRPC shares what it knows of an address between all clients that hold it, and waits longer
   * and longer, up to two minutes, before it tries one that failed; an address that nobody holds is forgotten in 10 s.
   */
  #made(): EventStoreDbClient {
    this.#client ??= this.options.createClient();
    return this.#client;
  }

  #renew(failed: EventStoreDbClient): void {
    this.#renewals += 1;
    this.#client = undefined;
    failed.close().catch(() => undefined);
  }

  async #probe(): Promise<void> {
    const client = this.#made();
    try {
      await within(this.timeout, this.closing, async (signal) => {
        for await (const _ of client.read(allRead('backwards', 'end', 1), signal));
      });
    } catch (error) {
      if (!this.closing.aborted && this.#client === client) this.#renew(client);
      throw commandError(error);
    }
  }
}

/** Rejects with Silence after `timeout`, and when `closing` aborts; `signal` tells the work to stop then. */
async function within<T>(
  timeout: number,
  closing: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new Silence(`no answer within ${timeout} ms`)), timeout);
  const end = () => stop.abort(closing.reason);
  closing.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
      work(stop.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', end);
  }
}
