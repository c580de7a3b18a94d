import { setTimeout as delay } from 'node:timers/promises';
import { comparePositions, type Position } from '../../domain/metadata.js';
import { type AllSlice, EventStoreUnavailable } from '../../eventStore/eventStore.js';
import type { Connection } from './connection.js';
import { meaningOf, Silence, unavailable } from './failures.js';
import { Subscription } from './subscription.js';

export interface SubscribingOptions {
  readonly connection: Connection;
  readonly head: () => Promise<Position | undefined>;
  /** After so long without a word the server is asked whether there is more than it has said. Milliseconds. */
  readonly heartbeat: number;
}

const bufferedBytes = 8 * 1024 * 1024;
const shortestPause = 50;
const longestPause = 2000;

/**
 * The port's subscription over the server's. An error is its end: it is opened again behind the last event that was
 * given away, after a pause, for as long as somebody wants it. A subscription that falls silent while the log grows is
 * ended too.
 */
export class Subscribing {
  #open = 0;
  #restarts = 0;

  constructor(private readonly options: SubscribingOptions) {}

  get open(): number {
    return this.#open;
  }

  /** How often one had to be opened again. */
  get restarts(): number {
    return this.#restarts;
  }

  async *follow(
    from: Position | 'start',
    maxCount: number,
    signal: AbortSignal,
  ): AsyncGenerator<AllSlice, void, undefined> {
    const { connection } = this.options;
    const ended = AbortSignal.any([signal, connection.closing]);
    let position = from;
    let pause = shortestPause;
    this.#open += 1;
    try {
      while (!ended.aborted) {
        try {
          for await (const slice of this.#once(position, maxCount, ended)) {
            position = slice.next ?? position;
            pause = shortestPause;
            yield slice;
          }
        } catch (error) {
          if (ended.aborted) return;
          if (isHopeless(error)) throw unavailable(error);
          this.#restarts += 1;
          await delay(pause, undefined, { signal: ended }).catch(() => undefined);
          pause = Math.min(longestPause, 2 * pause);
        }
      }
    } finally {
      this.#open -= 1;
    }
  }

  async *#once(
    from: Position | 'start',
    maxCount: number,
    ended: AbortSignal,
  ): AsyncGenerator<AllSlice, void, undefined> {
    const { client } = this.options.connection;
    const limits = { events: 2 * maxCount, bytes: bufferedBytes };
    const subscription = new Subscription(from, limits, (request, signal) => client.read(request, signal));
    const end = () => subscription.end(ended.reason);
    ended.addEventListener('abort', end, { once: true });
    const heart = this.#watch(subscription);
    try {
      while (!ended.aborted) yield await subscription.take(maxCount);
    } finally {
      heart.stop();
      ended.removeEventListener('abort', end);
      end();
    }
  }

  /** Ends the subscription where the log has more than it tells, or nobody answers. */
  #watch(subscription: Subscription): { stop(): void } {
    const { head, heartbeat } = this.options;
    let before = subscription.reached;
    let expected: Position | undefined;
    let timer: NodeJS.Timeout;
    const look = async () => {
      const { reached } = subscription;
      const isStill = reached === before && subscription.bufferedEvents === 0;
      before = reached;
      if (!isStill) expected = undefined;
      else if (expected !== undefined && (reached === 'start' || comparePositions(reached, expected) < 0)) {
        subscription.end(new Silence('the subscription is silent although there is more'));
        return;
      } else expected = await head();
    };
    const schedule = () => {
      timer = setTimeout(() => {
        look().then(schedule, (error: unknown) => subscription.end(error));
      }, heartbeat);
    };
    schedule();
    return { stop: () => clearTimeout(timer) };
  }
}

/** An answer that will be the same tomorrow; being out of reach is none. */
function isHopeless(error: unknown): boolean {
  return meaningOf(error) === 'answer' && !(error instanceof EventStoreUnavailable);
}
