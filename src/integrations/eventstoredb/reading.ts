import { performance } from 'node:perf_hooks';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { comparePositions, type Position } from '../../domain/metadata.js';
import {
  type AllSlice,
  type ReadStreamOptions,
  type RecordedEvent,
  StreamDeleted,
  type StreamSlice,
} from '../../eventStore/eventStore.js';
import type { Connection } from './connection.js';
import { unavailable } from './failures.js';
import { allRead, streamRead } from './readRequests.js';
import { isVisible, type StoredEvent, storedEventOf } from './recordedEvent.js';

/** A page ends here whatever was asked for: bounds memory. */
const maxPageBytes = 8 * 1024 * 1024;
/** How many of the server's own events are passed over at once. */
const passedOver = 256;

interface Page {
  readonly exists: boolean;
  readonly events: readonly StoredEvent[];
  /** Where the server says that the stream ends; only when the read found nothing. */
  readonly lastRevision: bigint | undefined;
  /** Whether it ended before the server had sent all. */
  readonly isCut: boolean;
}

/** When a page ends before the server has sent all. */
interface Patience {
  /** Milliseconds. */
  readonly longest: number;
  /** Events that whoever asks has already: a page of these alone would be asked for again for ever. */
  readonly known: number;
}

export class Reading {
  /** The last visible event of all up to a position. */
  #scanned: { readonly upTo: Position; readonly visible: Position | undefined } | undefined;

  constructor(private readonly connection: Connection) {}

  async readStream(streamName: string, options: ReadStreamOptions): Promise<StreamSlice> {
    const { direction = 'forwards', maxCount } = options;
    const { from = direction === 'forwards' ? 'start' : 'end' } = options;
    const page = await this.#page(streamRead(streamName, direction, from, maxCount));
    if (!page.exists) return { exists: false, events: [] };
    const events = page.events.map(({ event }) => event);
    const lastRevision = knownEnd(page, events, options) ?? (await this.#lastRevision(streamName));
    return { exists: true, events, ...(lastRevision === undefined ? {} : { lastRevision }) };
  }

  /** The last event of a stream, as it was written. */
  async lastOf(streamName: string): Promise<StoredEvent | undefined> {
    const { events } = await this.#page(streamRead(streamName, 'backwards', 'end', 1));
    return events[0];
  }

  async readAll(from: Position | 'start', maxCount: number): Promise<AllSlice> {
    let next = from;
    for (let wanted = maxCount; ; wanted = Math.max(maxCount, passedOver)) {
      // The event at the position itself comes along.
      const known = next === 'start' ? 0 : 1;
      const count = wanted + known;
      // Where events come slowly, those that have come are not lost to the time-out.
      const patience = { longest: this.connection.timeout / 2, known };
      const page = await this.#page(allRead('forwards', next, count), patience);
      const behind = page.events.filter(({ event }) => isBehind(event, next));
      const visible = behind.flatMap(({ event }) => (isVisible(event) ? [event] : []));
      const events = visible.slice(0, maxCount);
      const isEnd = page.events.length < count && !page.isCut && visible.length <= maxCount;
      const last = events.at(-1)?.position ?? (from === 'start' ? undefined : from);
      if (events.length > 0 || isEnd) {
        return { events, ...(last === undefined ? {} : { next: last }), atEnd: isEnd };
      }
      next = behind.at(-1)?.event.position ?? next;
    }
  }

  /** Of the last visible event. What the server wrote for itself behind it is looked through once. */
  async head(): Promise<Position | undefined> {
    const known = this.#scanned;
    let newest: Position | undefined;
    const found = (visible: Position | undefined) => {
      if (newest !== undefined) this.#scanned = { upTo: newest, visible };
      return visible;
    };
    let from: Position | 'end' = 'end';
    for (let count = 1; ; count = passedOver) {
      const page: Page = await this.#page(allRead('backwards', from, count));
      for (const { event } of page.events) {
        newest ??= event.position;
        if (known !== undefined && comparePositions(event.position, known.upTo) <= 0)
          return found(known.visible);
        if (isVisible(event)) return found(event.position);
      }
      const last = page.events.at(-1);
      if (last === undefined || (page.events.length < count && !page.isCut)) return found(undefined);
      from = last.event.position;
    }
  }

  async #lastRevision(streamName: string): Promise<bigint | undefined> {
    return (await this.lastOf(streamName))?.event.revision;
  }

  async #page(
    request: ReadReq,
    patience: Patience = { longest: Number.POSITIVE_INFINITY, known: 0 },
  ): Promise<Page> {
    const { longest, known } = patience;
    try {
      return await this.connection.repeatable((client, signal) =>
        readPage(client.read(request, signal), performance.now() + longest, known),
      );
    } catch (error) {
      if (isType(error, 'stream-deleted')) throw new StreamDeleted();
      throw unavailable(error);
    }
  }
}

/** @param until by the process's clock: the page ends then, after one event at least beside those `known` */
async function readPage(messages: AsyncIterable<ReadResp>, until: number, known: number): Promise<Page> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  let lastRevision: bigint | undefined;
  for await (const message of messages) {
    if (message.hasStreamNotFound()) return { exists: false, events, lastRevision, isCut: false };
    if (message.hasLastStreamPosition()) lastRevision = BigInt(message.getLastStreamPosition());
    const stored = storedEventOf(message);
    if (stored === undefined) continue;
    events.push(stored);
    bytes += stored.bytes;
    if (events.length > known && (bytes > maxPageBytes || performance.now() > until))
      return { exists: true, events, lastRevision, isCut: true };
  }
  return { exists: true, events, lastRevision, isCut: false };
}

/** The stream's last revision, where the page itself tells. */
function knownEnd(
  page: Page,
  events: readonly RecordedEvent[],
  { direction = 'forwards', from, maxCount }: ReadStreamOptions,
): bigint | undefined {
  if (direction === 'backwards') {
    return from === undefined || from === 'end' ? events[0]?.revision : undefined;
  }
  if (events.length === 0) return page.lastRevision;
  return events.length < maxCount && !page.isCut ? events.at(-1)?.revision : undefined;
}

function isBehind(event: RecordedEvent, from: Position | 'start'): boolean {
  return from === 'start' || comparePositions(event.position, from) > 0;
}

export function isType(error: unknown, type: string): boolean {
  return error instanceof Error && 'type' in error && error.type === type;
}
