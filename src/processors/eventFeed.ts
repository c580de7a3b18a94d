import { setTimeout as delay } from 'node:timers/promises';
import type { DomainEvent } from '../domain/domainEvent.js';
import { comparePositions, type Position, type Recorded, type StoredForm } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import {
  type AllSlice,
  type EventStore,
  formatPosition,
  type RecordedEvent,
} from '../eventStore/eventStore.js';

/** Where a processor stands: behind an event, or before the first. */
export type Place = Position | 'start';

/** Batches kept for processors that are a little behind the first, and as many for those that are further behind. */
const keptBatches = 4;
/** After a batch of this many events, unless it is full, the next is gathered for a moment. */
const busyBatch = 16;

/**
 * Reads `$all` for several processors: who stands at the same place gets the same batch, read and decoded once.
 * The first waits a little for the last, since reading and decoding again costs more than all their work; a processor
 * that has fallen further behind, or is stuck, reads for itself and joins the others again at the end.
 */
export class EventFeed {
  readonly #kept: Batch[] = [];
  /** Read again by processors that have fallen behind: apart, so that they take no batch from those that have not. */
  readonly #readAgain: Batch[] = [];
  readonly #reading = new Map<string, Promise<Batch>>();
  readonly #stopped = new AbortController();
  /** Where each processor asked to go on, by the signal that stops it. */
  readonly #places = new Map<AbortSignal, Place>();
  #moved: (() => void)[] = [];
  #tail: Tail | undefined;

  constructor(
    readonly eventStore: Pick<EventStore, 'readAll' | 'subscribeToAll'>,
    /** Most events of a batch. */
    readonly batchSize: number,
    /** Milliseconds between two batches while events come thick and fast. */
    readonly gatheringTime = 10,
    /** Milliseconds that the first waits for a processor which would lose the oldest kept batch. */
    readonly patience = 5000,
  ) {}

  /** The events after `from`, at least one; waits where there is none. Rejects when `signal` aborts. */
  async read(from: Place, signal: AbortSignal): Promise<EventBatch> {
    this.#moveTo(from, signal);
    for (;;) {
      signal.throwIfAborted();
      const known = this.#find(from);
      if (known !== undefined) return known;
      if (await this.#othersCame(from, signal)) continue;
      const tail = this.#tail;
      if (tail !== undefined && samePlace(tail.from, from)) {
        await abortable(this.#follow(tail), signal);
      } else {
        const batch = await abortable(this.#readOnce(from), signal);
        if (batch.events.length > 0) return new EventBatch(batch, 0);
        // Meanwhile others may have followed beyond `from`: what they were given is looked for first.
        if (this.#tail !== undefined && isBefore(from, this.#tail.from)) continue;
        this.#tail ??= this.#openTail(from);
        await abortable(this.#follow(this.#tail), signal);
      }
    }
  }

  close(): void {
    this.#stopped.abort();
  }

  #moveTo(from: Place, signal: AbortSignal): void {
    if (!this.#places.has(signal)) {
      signal.addEventListener('abort', () => this.#places.delete(signal), { once: true });
    }
    this.#places.set(signal, from);
    this.#tellMoved();
  }

  #tellMoved(): void {
    for (const tell of this.#moved.splice(0)) tell();
  }

  /** Whether there was reason to wait: a further batch would take the oldest from a processor that still needs it. */
  async #othersCame(from: Place, signal: AbortSignal): Promise<boolean> {
    const [oldest] = this.#kept;
    if (oldest === undefined || this.#kept.length < keptBatches || isBefore(from, oldest.next)) return false;
    const needed = () => this.#isNeeded(oldest);
    if (!needed()) return false;
    let late = false;
    // A timer that keeps the process alive: this wait can be all that is under way.
    const timer = setTimeout(() => {
      late = true;
      this.#tellMoved();
    }, this.patience);
    try {
      while (!late && needed() && this.#kept[0] === oldest) {
        await abortable(new Promise<void>((resolve) => this.#moved.push(resolve)), signal);
      }
    } finally {
      clearTimeout(timer);
    }
    if (this.#kept[0] === oldest) this.#kept.shift();
    return true;
  }

  #isNeeded(batch: Batch): boolean {
    for (const place of this.#places.values()) if (isWithin(place, batch)) return true;
    return false;
  }

  #find(from: Place): EventBatch | undefined {
    for (const batch of [...this.#kept, ...this.#readAgain]) {
      if (samePlace(batch.from, from)) return new EventBatch(batch, 0);
      if (isBefore(batch.from, from) && isBefore(from, batch.next))
        return new EventBatch(batch, firstAfter(batch, from));
    }
    return undefined;
  }

  #readOnce(from: Place): Promise<Batch> {
    const key = from === 'start' ? from : formatPosition(from);
    const reading = this.#reading.get(key);
    if (reading !== undefined) return reading;
    const started = this.eventStore
      .readAll({ from, maxCount: this.batchSize })
      .then((slice) => this.#keep(from, slice, this.#tail === undefined ? this.#kept : this.#readAgain))
      .finally(() => this.#reading.delete(key));
    this.#reading.set(key, started);
    return started;
  }

  #openTail(from: Place): Tail {
    const signal = this.#stopped.signal;
    const slices = this.eventStore.subscribeToAll({ from, maxCount: this.batchSize, signal });
    return { from, slices: slices[Symbol.asyncIterator](), next: undefined, size: 0, readAt: 0 };
  }

  /** The next batch is asked for when the first processor has nothing left. */
  #follow(tail: Tail): Promise<void> {
    tail.next ??= this.#advance(tail).finally(() => {
      tail.next = undefined;
    });
    return tail.next;
  }

  async #advance(tail: Tail): Promise<void> {
    try {
      if (tail.size >= busyBatch && tail.size < this.batchSize)
        await gather(tail.readAt + this.gatheringTime - performance.now(), this.#stopped.signal);
      const { done, value } = await tail.slices.next();
      if (done) throw new Error('the subscription ended');
      tail.from = this.#keep(tail.from, value).next;
      tail.size = value.events.length;
      tail.readAt = performance.now();
    } catch (error) {
      if (this.#tail === tail) this.#tail = undefined;
      throw error;
    }
  }

  #keep(from: Place, { events, next, atEnd }: AllSlice, among = this.#kept): Batch {
    const batch = {
      from,
      next: next ?? from,
      atEnd,
      events,
      types: new Set(events.map(({ type }) => type)),
      decoded: new Array<Decoded>(events.length),
    };
    if (events.length > 0) {
      among.push(batch);
      if (among.length > keptBatches) among.shift();
    }
    return batch;
  }
}

/** Events in order, decoded when asked for, once for all who share them. */
export class EventBatch {
  constructor(
    readonly batch: Batch,
    /** Events before this one are not part of it. */
    readonly first: number,
  ) {}

  get length(): number {
    return this.batch.events.length - this.first;
  }

  /** All of them as they are stored. */
  get events(): readonly RecordedEvent[] {
    return this.first === 0 ? this.batch.events : this.batch.events.slice(this.first);
  }

  /** Where the next read goes on. */
  get next(): Place {
    return this.batch.next;
  }

  /** Whether it reached the end of `$all` as that was when read. */
  get atEnd(): boolean {
    return this.batch.atEnd;
  }

  get lastEvent(): RecordedEvent | undefined {
    return this.batch.events.at(-1);
  }

  /** Events of the given wire names, the only ones that are decoded. */
  select(
    wireNames: ReadonlySet<string>,
    concerns?: (stored: StoredForm) => boolean,
  ): Recorded<DomainEvent>[] {
    const { events, decoded, types } = this.batch;
    const selected: Recorded<DomainEvent>[] = [];
    if (!holdsAny(types, wireNames)) return selected;
    for (let at = this.first; at < events.length; at++) {
      const event = events[at];
      if (event === undefined || !wireNames.has(event.type)) continue;
      if (concerns?.(event) === false) continue;
      decoded[at] ??= decode(event);
      const domainEvent = decoded[at];
      if (domainEvent !== undefined) selected.push(domainEvent);
    }
    return selected;
  }
}

type Decoded = Recorded<DomainEvent> | undefined;

interface Batch {
  readonly from: Place;
  readonly next: Place;
  readonly atEnd: boolean;
  readonly events: readonly RecordedEvent[];
  /** Wire names of the events: most processors find none of theirs in most batches. */
  readonly types: ReadonlySet<string>;
  readonly decoded: Decoded[];
}

interface Tail {
  from: Place;
  readonly slices: AsyncIterator<AllSlice>;
  next: Promise<void> | undefined;
  /** Events of the last batch, and when it was read. */
  size: number;
  readAt: number;
}

export function isBefore(a: Place, b: Place): boolean {
  if (b === 'start') return false;
  return a === 'start' || comparePositions(a, b) < 0;
}

function holdsAny(types: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  for (const type of types) if (wanted.has(type)) return true;
  return false;
}

function isWithin(place: Place, batch: Batch): boolean {
  return !isBefore(place, batch.from) && isBefore(place, batch.next);
}

async function gather(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal });
}

function samePlace(a: Place, b: Place): boolean {
  return !isBefore(a, b) && !isBefore(b, a);
}

function firstAfter({ events }: Batch, from: Place): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && isBefore(from, event.position)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    // An event that has been is not told again.
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
