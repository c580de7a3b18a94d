import type { Position } from '../../domain/metadata.js';
import {
  type AllSlice,
  type AppendResult,
  type EventData,
  type EventStore,
  EventStoreUnavailable,
  type ExpectedRevision,
  type ReadStreamOptions,
  type StreamMetadata,
  type StreamSlice,
} from '../eventStore.js';
import { followPages, headAt, readAllPage } from './allReading.js';
import type { EmbeddedEventStoreOptions, EventStoreStatistics } from './embeddedEventStoreOptions.js';
import { EventReader } from './eventReader.js';
import { eventTexts, maxAppendBytes, systemEvent } from './eventText.js';
import { checkAppend, checkDelete } from './expectation.js';
import { type FrameLog, openFrameLog } from './frameLog.js';
import { GroupCommit } from './groupCommit.js';
import { LogIndex } from './logIndex.js';
import { type LogTail, logTail } from './logTail.js';
import { News } from './news.js';
import { PendingStreamView } from './pendingStreamView.js';
import { RecentEvents } from './recentEvents.js';
import { recover, verifyFrames } from './recovery.js';
import {
  allTruncated,
  metadataStreamOf,
  metadataToJson,
  metadataType,
  tombstoneType,
} from './streamMetadata.js';
import { readStreamPage } from './streamReading.js';
import { metadataOf } from './streamRules.js';

const maxPendingBytes = 32 * 1024 * 1024;
/** Sequence numbers are kept in 32 bits. */
const maxEvents = 2 ** 32 - 1;

/** Opens the store in a folder of its own. @throws EventLogDamaged, EventStoreUnavailable */
export async function openEmbeddedEventStore(
  options: EmbeddedEventStoreOptions,
): Promise<EmbeddedEventStore> {
  return EmbeddedEventStore.open(openFrameLog(options.folder), options);
}

/**
 * The event store of one process: an append-only log of frames with its index in memory.
 *
 * Memory, measured with a million events (`bench/eventStore.ts`): 8 bytes an event, 16 a frame, and about
 * 110 a stream (12 in the index, the rest its name and the map entry).
 */
export class EmbeddedEventStore implements EventStore {
  readonly maxAppendBytes = maxAppendBytes;
  private readonly index = new LogIndex();
  private readonly recent = new RecentEvents();
  private readonly news = new News();
  /** Sequence number of the last durable event, for readers in other threads. */
  private readonly durable = new Uint32Array(new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT));
  private readonly reader: EventReader;
  private readonly commits: GroupCommit;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly folder: string,
    private readonly log: FrameLog,
    private readonly clock: () => number,
  ) {
    this.reader = new EventReader(log, this.index, this.recent);
    this.commits = new GroupCommit(log, this.index, clock, (group) => {
      let place = 0;
      for (const event of group.events) this.recent.push(event, group.sizes[place++] ?? 0);
      this.announce();
    });
  }

  static async open(
    log: FrameLog,
    { folder, clock, onRepair }: EmbeddedEventStoreOptions,
  ): Promise<EmbeddedEventStore> {
    const store = new EmbeddedEventStore(folder, log, clock);
    try {
      const torn = await recover(log, store.index);
      if (torn !== undefined) onRepair?.(torn);
    } catch (error) {
      await log.close();
      throw error;
    }
    store.recent.startAt(store.index.frames.lastSequence + 1);
    store.announce();
    return store;
  }

  /** Bytes of appends that wait for the disk. Callers should push back long before the limit of 32 MiB. */
  get pendingBytes(): number {
    return this.commits.pendingBytes;
  }

  statistics(): EventStoreStatistics {
    const { streams, frames } = this.index;
    return {
      state: this.closing ? 'closed' : this.commits.failure ? 'failed' : 'ready',
      events: frames.lastSequence,
      streams: streams.streams,
      frames: frames.frames,
      indexBytes: streams.bytes + frames.bytes,
      pendingBytes: this.commits.pendingBytes,
      lastCommitMilliseconds: this.commits.lastCommitMilliseconds,
    };
  }

  /** Reads the whole log again and checks every frame. @throws EventLogDamaged */
  async verify(): Promise<{ frames: number; events: number }> {
    this.assertOpen();
    return verifyFrames(this.log, this.index);
  }

  appendToStream(
    streamName: string,
    events: readonly EventData[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    try {
      return this.append(streamName, events, expected);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private append(
    streamName: string,
    events: readonly EventData[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    if (events.length === 0) throw new RangeError('an append needs an event');
    const texts = eventTexts(events);
    this.assertWritable(events.length);
    const view = this.view(streamName);
    const verdict = checkAppend(view, events, expected);
    if (verdict !== 'write') return view.placeOf(verdict.writtenUpTo);
    if (view.softDeleted) this.addMetadata(streamName, { truncateBefore: BigInt(view.count) });
    const stream = this.index.streams.numberFor(streamName);
    let place = 0;
    for (const event of events) this.commits.add(stream, streamName, event, texts[place++] ?? '');
    return this.commits.committed();
  }

  async readStream(streamName: string, options: ReadStreamOptions): Promise<StreamSlice> {
    this.assertOpen();
    return readStreamPage(this.index, this.reader, streamName, options, this.clock());
  }

  async readAll({ from, maxCount }: { from: Position | 'start'; maxCount: number }): Promise<AllSlice> {
    this.assertOpen();
    return readAllPage(this.index, this.reader, from, maxCount);
  }

  async *subscribeToAll({
    from,
    maxCount,
    signal,
  }: {
    from: Position | 'start';
    maxCount: number;
    signal: AbortSignal;
  }): AsyncGenerator<AllSlice, void, undefined> {
    this.assertOpen();
    yield* followPages(
      from,
      signal,
      (place) =>
        this.closing === undefined ? readAllPage(this.index, this.reader, place, maxCount) : undefined,
      () => this.news.wait(signal),
    );
  }

  async head(): Promise<Position | undefined> {
    this.assertOpen();
    return headAt(this.index.frames.lastSequence);
  }

  async getStreamMetadata(streamName: string): Promise<StreamMetadata> {
    this.assertOpen();
    const stream = this.index.streams.numberOf(streamName);
    return (stream === undefined ? undefined : metadataOf(this.index.rules.durableRule(stream))) ?? {};
  }

  async setStreamMetadata(streamName: string, metadata: StreamMetadata): Promise<void> {
    this.assertWritable(1);
    this.view(streamName).assertNotTombstoned();
    this.addMetadata(streamName, metadata);
    await this.commits.committed();
  }

  async deleteStream(streamName: string, expected: ExpectedRevision): Promise<void> {
    this.assertWritable(1);
    const view = this.view(streamName);
    view.assertNotTombstoned();
    if (view.count === 0 || view.softDeleted) return;
    checkDelete(view, expected);
    this.addMetadata(streamName, { truncateBefore: allTruncated });
    await this.commits.committed();
  }

  async tombstoneStream(streamName: string, expected: ExpectedRevision): Promise<void> {
    this.assertWritable(1);
    checkDelete(this.view(streamName), expected);
    this.addSystemEvent(streamName, tombstoneType);
    await this.commits.committed();
  }

  /** Waits for what is on its way to disk. Whoever calls later gets EventStoreUnavailable; subscriptions end. */
  close(): Promise<void> {
    this.closing ??= this.commits.drain().then(() => {
      this.news.announce();
      return this.log.close();
    });
    return this.closing;
  }

  /** For a reader in another thread of this process, which has to be closed before this store. */
  tail(): LogTail {
    return logTail(this.folder, this.durable, this.news);
  }

  private announce(): void {
    Atomics.store(this.durable, 0, this.index.frames.lastSequence);
    this.news.announce();
  }

  private view(streamName: string): PendingStreamView {
    return new PendingStreamView(streamName, this.index, this.reader, this.commits);
  }

  private addMetadata(streamName: string, metadata: StreamMetadata): void {
    this.addSystemEvent(metadataStreamOf(streamName), metadataType, metadataToJson(metadata));
  }

  private addSystemEvent(streamName: string, type: string, dataText?: string): void {
    const { event, text } = systemEvent(type, dataText);
    this.commits.add(this.index.streams.numberFor(streamName), streamName, event, text);
  }

  private assertOpen(): void {
    if (this.closing !== undefined) throw new EventStoreUnavailable('the event store is closed');
  }

  private assertWritable(events: number): void {
    this.assertOpen();
    if (this.commits.failure !== undefined) throw this.commits.failure;
    if (this.commits.pendingBytes > maxPendingBytes) {
      throw new EventStoreUnavailable('too much is waiting to be written');
    }
    if (this.commits.nextSequence + events > maxEvents) {
      throw new EventStoreUnavailable(
        `the embedded event store is full: it holds at most ${maxEvents} events`,
      );
    }
  }
}
