import { randomUUID } from 'node:crypto';
import type { Position } from '../../domain/metadata.js';
import {
  allTruncated,
  metadataFromText,
  metadataStreamOf,
  metadataToJson,
  metadataType,
} from '../../eventStore/embedded/streamMetadata.js';
import {
  type AllSlice,
  type AppendResult,
  type EventData,
  type EventStore,
  type ExpectedRevision,
  type ReadStreamOptions,
  StreamDeleted,
  type StreamMetadata,
  type StreamSlice,
} from '../../eventStore/eventStore.js';
import { appendRequest, maxAppendBytes } from './appendRequests.js';
import { Appends } from './appends.js';
import { Connection } from './connection.js';
import { readConnectionString } from './connectionString.js';
import { Deleting } from './deleting.js';
import { EventStoreDbClient } from './eventStoreDbClient.js';
import { reasonOf } from './failures.js';
import { Reading } from './reading.js';
import { Subscribing } from './subscribing.js';

export interface EventStoreDbOptions {
  /** `esdb://…` or `kurrentdb://…`. */
  readonly url: string;
  /** Longest wait for one answer of the server; milliseconds. */
  readonly timeout?: number;
  /** How long a subscription may be silent before the server is asked; milliseconds. */
  readonly heartbeat?: number;
  /** Told why the server cannot be reached, and when it can be again (undefined). */
  readonly onChange?: (reason: string | undefined) => void;
}

/** Client figures, for metrics. */
export interface EventStoreDbStatistics {
  readonly appendsInFlight: number;
  readonly pendingBytes: number;
  readonly retries: number;
  /** Appends whose answer was lost, found to be written. */
  readonly resolved: number;
  readonly renewals: number;
  readonly subscriptions: number;
  readonly subscriptionRestarts: number;
}

/**
 * The event store on EventStoreDB (KurrentDB), 22.10 or later. One a process. Links, statistics and whatever else the
 * server writes for itself is no part of `$all` here; metadata and tombstones are.
 */
export class EventStoreDbEventStore implements EventStore {
  readonly maxAppendBytes = maxAppendBytes;
  /** Hosts and ports, without credentials. */
  readonly address: string;
  readonly #connection: Connection;
  readonly #reading: Reading;
  readonly #appends: Appends;
  readonly #deleting: Deleting;
  readonly #subscribing: Subscribing;
  #closing: Promise<void> | undefined;

  /** Connects when first asked for something. @throws InvalidConnectionString */
  constructor({ url, timeout = 5000, heartbeat = 10_000, onChange = () => undefined }: EventStoreDbOptions) {
    const settings = readConnectionString(url);
    this.address = settings.address;
    const createClient = () => new EventStoreDbClient(settings);
    this.#connection = new Connection({ createClient, timeout, onChange });
    this.#reading = new Reading(this.#connection);
    this.#appends = new Appends(
      this.#connection,
      async (streamName, from, maxCount) =>
        (await this.#reading.readStream(streamName, { from, maxCount })).events,
    );
    this.#deleting = new Deleting(this.#connection, this.#reading);
    this.#subscribing = new Subscribing({
      connection: this.#connection,
      head: () => this.#reading.head(),
      heartbeat,
    });
  }

  async appendToStream(
    streamName: string,
    events: readonly EventData[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    // The server would say that it wrote nothing, at revision 0.
    if (events.length === 0) throw new RangeError('an append needs an event');
    return this.#appends.append(appendRequest(streamName, events, expected));
  }

  async readStream(streamName: string, options: ReadStreamOptions): Promise<StreamSlice> {
    return this.#reading.readStream(streamName, options);
  }

  async readAll({ from, maxCount }: { from: Position | 'start'; maxCount: number }): Promise<AllSlice> {
    return this.#reading.readAll(from, maxCount);
  }

  subscribeToAll({
    from,
    maxCount,
    signal,
  }: {
    from: Position | 'start';
    maxCount: number;
    signal: AbortSignal;
  }): AsyncGenerator<AllSlice, void, undefined> {
    return this.#subscribing.follow(from, maxCount, signal);
  }

  async head(): Promise<Position | undefined> {
    return this.#reading.head();
  }

  async getStreamMetadata(streamName: string): Promise<StreamMetadata> {
    try {
      const last = await this.#reading.lastOf(metadataStreamOf(streamName));
      return last === undefined ? {} : metadataFromText(`["",${last.text},{}]`);
    } catch (error) {
      if (error instanceof StreamDeleted) return {};
      throw error;
    }
  }

  async setStreamMetadata(streamName: string, metadata: StreamMetadata): Promise<void> {
    if (metadata.truncateBefore === allTruncated) return this.deleteStream(streamName, 'any');
    // As text, because `$tb` reaches past the numbers that JSON values hold exactly.
    const data = Buffer.from(metadataToJson(metadata));
    const event = { id: randomUUID(), type: metadataType, data, metadata: Buffer.alloc(0) };
    const bytes = data.length + 2 * metadataType.length;
    const request = {
      streamName: metadataStreamOf(streamName),
      events: [event],
      expected: 'any',
      bytes,
    } as const;
    await this.#appends.append(request, true);
  }

  async deleteStream(streamName: string, expected: ExpectedRevision): Promise<void> {
    return this.#deleting.delete(streamName, expected);
  }

  async tombstoneStream(streamName: string, expected: ExpectedRevision): Promise<void> {
    return this.#deleting.tombstone(streamName, expected);
  }

  /** Why the server cannot be reached; undefined while all is well. */
  get failure(): string | undefined {
    return this.#connection.breaker.reason;
  }

  /** Asks the server for its last event. @returns why it cannot be used, undefined where it can */
  async ping(): Promise<string | undefined> {
    if (this.failure !== undefined) return this.failure;
    try {
      await this.head();
      return undefined;
    } catch (error) {
      return this.failure ?? reasonOf(error instanceof Error ? (error.cause ?? error) : error);
    }
  }

  statistics(): EventStoreDbStatistics {
    return {
      appendsInFlight: this.#appends.inFlight,
      pendingBytes: this.#appends.pendingBytes,
      retries: this.#appends.retries,
      resolved: this.#appends.resolved,
      renewals: this.#connection.renewals,
      subscriptions: this.#subscribing.open,
      subscriptionRestarts: this.#subscribing.restarts,
    };
  }

  /** The server's clock against this machine's, milliseconds; undefined where the server does not say. */
  async clockOffset(now: () => number): Promise<number | undefined> {
    // A word for the operator: its failure says nothing of the connection.
    const time = await this.#connection.client.serverTime().catch(() => undefined);
    return time === undefined ? undefined : time - now();
  }

  async startScavenge(): Promise<string> {
    return this.#connection.repeatable((client) => client.startScavenge());
  }

  close(): Promise<void> {
    this.#closing ??= this.#connection.close();
    return this.#closing;
  }
}
