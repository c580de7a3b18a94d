import type { JsonObject } from '../domain/json.js';
import type { Position } from '../domain/metadata.js';

/**
 * The event store port. Two engines stand behind it, the embedded log and EventStoreDB;
 * both pass `test/contracts/eventStore.ts`, which spells out every case.
 */
export interface EventStore {
  /** Most bytes one append may hold: data + metadata + twice the type name, all its events. Callers split. */
  readonly maxAppendBytes: number;

  /**
   * Appends all events or none. Resolves when they are durable.
   * Sending the same ids with the same exact revision again is idempotent.
   * @throws WrongExpectedRevision, StreamDeleted, AppendTooLarge, EventStoreUnavailable
   */
  appendToStream(
    streamName: string,
    events: readonly EventData[],
    expected: ExpectedRevision,
  ): Promise<AppendResult>;

  /**
   * Reads at most `maxCount` events. A stream that was never written, or is soft-deleted, is `exists: false`.
   * `$maxAge`, `$maxCount` and `$tb` apply.
   * @throws StreamDeleted for a tombstoned stream
   */
  readStream(streamName: string, options: ReadStreamOptions): Promise<StreamSlice>;

  /** Reads at most `maxCount` events of all streams in the order of their recording, after `from`. */
  readAll(options: { from: Position | 'start'; maxCount: number }): Promise<AllSlice>;

  /**
   * Follows `$all` after `from`, batch by batch, for ever: the next batch is read when the loop asks for it,
   * and the loop waits where nothing is new. Ends when `signal` aborts or the store closes.
   */
  subscribeToAll(options: {
    from: Position | 'start';
    maxCount: number;
    signal: AbortSignal;
  }): AsyncIterable<AllSlice>;

  /** Position of the last durable event, undefined in an empty store. */
  head(): Promise<Position | undefined>;

  getStreamMetadata(streamName: string): Promise<StreamMetadata>;
  /** Replaces the metadata. @throws StreamDeleted for a tombstoned stream */
  setStreamMetadata(streamName: string, metadata: StreamMetadata): Promise<void>;

  /** Soft delete: reads find nothing, the next append continues the numbering. A missing stream is a no-op. */
  deleteStream(streamName: string, expected: ExpectedRevision): Promise<void>;
  /** Deletes for ever: the name can never be written again. */
  tombstoneStream(streamName: string, expected: ExpectedRevision): Promise<void>;

  close(): Promise<void>;
}

/** What those need who only read. */
export type EventReading = Pick<EventStore, 'readStream' | 'readAll' | 'subscribeToAll' | 'head'>;

export type ExpectedRevision = 'any' | 'noStream' | 'streamExists' | bigint;

export interface EventData {
  /** UUID; unique within its stream. */
  readonly id: string;
  /** Wire name, for example `page-viewed.v1`. */
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

/** `data` and `metadata` are shared between readers: never changed in place. */
export interface RecordedEvent extends EventData {
  readonly streamName: string;
  readonly revision: bigint;
  readonly position: Position;
}

export interface AppendResult {
  /** Revision of the stream's last event after this append. */
  readonly revision: bigint;
  /** Position of the append's last event. */
  readonly position: Position;
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to read, inclusive. Default: `start` forwards, `end` backwards. */
  readonly from?: bigint | 'start' | 'end';
  readonly maxCount: number;
}

export interface StreamSlice {
  readonly exists: boolean;
  readonly events: readonly RecordedEvent[];
  /** Revision of the stream's last event, also where this slice does not reach it. */
  readonly lastRevision?: bigint;
}

export interface AllSlice {
  readonly events: readonly RecordedEvent[];
  /** Where the next read goes on: the position of the last event looked at. Absent while the store is empty. */
  readonly next?: Position;
  /** Whether the slice reached the end of the log as it was when read. */
  readonly atEnd: boolean;
}

export interface StreamMetadata {
  /** Seconds an event stays readable. */
  readonly maxAge?: number;
  readonly maxCount?: number;
  /** Events below this revision are not readable. */
  readonly truncateBefore?: bigint;
}

/** Position as clients and checkpoints see it: `commit` alone where both parts agree, else `commit/prepare`. */
export function formatPosition(position: Position): string {
  return position.commit === position.prepare
    ? position.commit.toString()
    : `${position.commit}/${position.prepare}`;
}

/** Undefined for anything that `formatPosition` cannot have written. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,20})(?:\/(\d{1,20}))?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const commit = BigInt(match[1]);
  return { commit, prepare: match[2] === undefined ? commit : BigInt(match[2]) };
}

export class WrongExpectedRevision extends Error {
  readonly code = 'wrong-expected-revision';
  constructor(
    readonly expected: ExpectedRevision,
    /** Revision of the stream's last event, undefined where there is no such stream. */
    readonly actual: bigint | undefined,
  ) {
    super(`expected revision ${expected}, the stream is at ${actual ?? 'no revision'}`);
  }
}

export class StreamDeleted extends Error {
  readonly code = 'stream-deleted';
  constructor() {
    super('the stream is deleted');
  }
}

export class AppendTooLarge extends Error {
  readonly code = 'append-too-large';
  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`an append of ${bytes} bytes is over the limit of ${limit}`);
  }
}

/** The store cannot promise durability now (disk full, sync failed, closed, unreachable). Nothing is acknowledged. */
export class EventStoreUnavailable extends Error {
  readonly code = 'event-store-unavailable';
}

/** The stored log is damaged: the store refuses to open rather than serve a history with a hole. */
export class EventLogDamaged extends Error {
  readonly code = 'event-log-damaged';
}
