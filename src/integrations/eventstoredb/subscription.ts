import { setImmediate as turn } from 'node:timers/promises';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { comparePositions, type Position } from '../../domain/metadata.js';
import type { AllSlice } from '../../eventStore/eventStore.js';
import { allSubscription } from './readRequests.js';
import { positionOf, type StoredEvent, storedEventOf } from './recordedEvent.js';

/** Of 32 events looked at: how often the server says how far it has come where nothing passes the filter. */
const checkpointInterval = 32;

export interface BufferLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * One server-side subscription, taken in batches. Reads ahead up to the limits and no further: the stream is then not
 * read, and HTTP/2's flow control holds the server back.
 */
export class Subscription {
  readonly #stop = new AbortController();
  #buffer: StoredEvent[] = [];
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;
  #room: () => void = () => undefined;
  /** The last position that the server has told of, by an event or a checkpoint. */
  #reached: Position | 'start';

  constructor(
    private readonly from: Position | 'start',
    private readonly limits: BufferLimits,
    open: (request: ReturnType<typeof allSubscription>, signal: AbortSignal) => AsyncIterable<ReadResp>,
  ) {
    this.#reached = from;
    const messages = open(allSubscription(from, checkpointInterval), this.#stop.signal);
    this.#pump(messages).catch((error: unknown) => this.end(error));
  }

  get reached(): Position | 'start' {
    return this.#reached;
  }

  get bufferedEvents(): number {
    return this.#buffer.length;
  }

  /** The next events, at least one. Rejects with why it ended, when what had come before is taken. */
  async take(maxCount: number): Promise<AllSlice> {
    // What is on its way to this process joins the batch.
    if (this.#buffer.length < maxCount) await turn();
    while (this.#buffer.length === 0) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.splice(0, maxCount);
    for (const { bytes } of taken) this.#bytes -= bytes;
    this.#room();
    const events = taken.map(({ event }) => event);
    const next = events.at(-1)?.position;
    return { events, ...(next === undefined ? {} : { next }), atEnd: this.#buffer.length === 0 };
  }

  end(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(error);
    this.#wake();
    this.#room();
  }

  async #pump(messages: AsyncIterable<ReadResp>): Promise<void> {
    for await (const message of messages) {
      const checkpoint = message.getCheckpoint();
      if (checkpoint !== undefined) {
        this.#reached = positionOf(checkpoint.getCommitPosition(), checkpoint.getPreparePosition());
      }
      const stored = storedEventOf(message);
      if (stored === undefined || !this.#isNew(stored.event.position)) continue;
      this.#reached = stored.event.position;
      this.#buffer.push(stored);
      this.#bytes += stored.bytes;
      this.#wake();
      while (this.#isFull() && this.#failure === undefined) {
        await new Promise<void>((resolve) => {
          this.#room = resolve;
        });
      }
    }
    throw new Error('the server ended the subscription');
  }

  #isNew(position: Position): boolean {
    return this.from === 'start' || comparePositions(position, this.from) > 0;
  }

  #isFull(): boolean {
    return this.#buffer.length >= this.limits.events || this.#bytes >= this.limits.bytes;
  }
}
