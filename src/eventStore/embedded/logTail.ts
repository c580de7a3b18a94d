import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Position } from '../../domain/metadata.js';
import {
  type AllSlice,
  type EventReading,
  EventStoreUnavailable,
  type RecordedEvent,
} from '../eventStore.js';
import { followPages, headAt, maxPageBytes, sequenceOf, sliceOf } from './allReading.js';
import { Frame } from './frame.js';
import { type FrameReader, openFrameReader } from './frameLog.js';
import type { News } from './news.js';

/** Times that a reader looks for more, and milliseconds between, before it asks to be told. */
const looks = 5;
const lookInterval = 4;

/** What another thread needs to read the log along with the one that writes it: to be handed over at its start. */
export interface LogTail {
  readonly folder: string;
  /** Shared: holds the sequence number of the last durable event. */
  readonly durable: Uint32Array;
  /** A message asks to be told when there is more than its sequence number; the answer says nothing else. To be transferred. */
  readonly port: MessagePort;
}

/** Ends with its port. */
export function logTail(folder: string, durable: Uint32Array, news: News): LogTail {
  const { port1, port2 } = new MessageChannel();
  const closing = new AbortController();
  port1.on('message', async (seen: number) => {
    while (Atomics.load(durable, 0) <= seen && !closing.signal.aborted) await news.wait(closing.signal);
    port1.postMessage(undefined);
  });
  port1.on('close', () => closing.abort());
  port1.unref();
  return { folder, durable, port: port2 };
}

/** Reads frames itself, so that the writing thread has no work with it. */
export class LogTailReader implements Omit<EventReading, 'readStream'> {
  readonly #frames: FrameReader;
  #seen = 0;
  #closed = false;

  /** @throws EventLogDamaged, EventStoreUnavailable */
  constructor(readonly tail: LogTail) {
    this.#frames = openFrameReader(tail.folder);
  }

  async head(): Promise<Position | undefined> {
    return headAt(this.#last());
  }

  async readAll({ from, maxCount }: { from: Position | 'start'; maxCount: number }): Promise<AllSlice> {
    return this.#page(from, maxCount);
  }

  subscribeToAll: EventReading['subscribeToAll'] = ({ from, maxCount, signal }) =>
    followPages(
      from,
      signal,
      (place) => this.#page(place, maxCount),
      (after) => this.#more(sequenceOf(after), signal),
    );

  async close(): Promise<void> {
    this.#closed = true;
    this.tail.port.close();
    await this.#frames.close();
  }

  #page(from: Position | 'start', maxCount: number): AllSlice {
    const last = this.#last();
    const after = Math.min(sequenceOf(from), last);
    const end = Math.min(last, after + maxCount);
    const events: RecordedEvent[] = [];
    let reached = after;
    for (let bytes = 0; reached < end && bytes <= maxPageBytes; ) {
      const frame = new Frame(this.#frames.frameOf(reached + 1));
      bytes += frame.byteLength;
      const frameEnd = Math.min(end, frame.firstSequence + frame.eventCount - 1);
      while (reached < frameEnd) events.push(frame.decode(++reached - frame.firstSequence));
    }
    return sliceOf(events, from, reached === last);
  }

  #last(): number {
    if (this.#closed) throw new EventStoreUnavailable('the event store is closed');
    const last = Atomics.load(this.tail.durable, 0);
    if (last !== this.#seen) this.#frames.refresh();
    this.#seen = last;
    return last;
  }

  /** Resolves when there is more than that, maybe sooner, or when `signal` aborts. */
  async #more(sequence: number, signal: AbortSignal): Promise<void> {
    const { port } = this.tail;
    const aborted = () => undefined;
    // While events keep coming there is no need to ask, and a message costs the writing thread more than an event.
    for (let look = 0; look < looks; look++) {
      await delay(lookInterval, undefined, { signal }).catch(aborted);
      if (signal.aborted || Atomics.load(this.tail.durable, 0) > sequence) return;
    }
    port.postMessage(sequence);
    await once(port, 'message', { signal }).catch(aborted);
  }
}
