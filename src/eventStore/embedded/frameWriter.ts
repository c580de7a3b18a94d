import { crc32 } from 'node:zlib';
import { entry, formatVersion, header, magic } from './frameFormat.js';

const initialBytes = 1 << 18;

/**
 * Encodes the events of one group commit straight into a buffer that is used again for later groups.
 * The hot path: one native write an event, nothing is copied.
 */
export class FrameWriter {
  private buffer = Buffer.allocUnsafeSlow(initialBytes);
  private position: number = header.size;
  /** Four numbers an event, in the order of `entry`. */
  private entries = new Uint32Array(4 * 1024);
  private readonly localStreams = new Map<number, number>();
  private readonly streamNames: string[] = [];
  private readonly localTypes = new Map<string, number>();
  eventCount = 0;
  /** The index's numbers of the frame's streams, by their place in the frame. */
  readonly streams: number[] = [];

  get bytes(): number {
    return this.position;
  }

  add(stream: number, streamName: string, type: string, revision: number, text: string): void {
    let localStream = this.localStreams.get(stream);
    if (localStream === undefined) {
      localStream = this.streams.length;
      this.localStreams.set(stream, localStream);
      this.streams.push(stream);
      this.streamNames.push(streamName);
    }
    let localType = this.localTypes.get(type);
    if (localType === undefined) {
      localType = this.localTypes.size;
      this.localTypes.set(type, localType);
    }
    this.reserve(text.length * 3); // the most UTF-8 bytes that many UTF-16 units take
    this.position += this.buffer.write(text, this.position, 'utf8');
    const at = this.eventCount * 4;
    if (at === this.entries.length) {
      const grown = new Uint32Array(this.entries.length * 2);
      grown.set(this.entries);
      this.entries = grown;
    }
    this.entries[at] = localStream;
    this.entries[at + 1] = localType;
    this.entries[at + 2] = revision;
    this.entries[at + 3] = this.position;
    this.eventCount += 1;
  }

  /** Number in the index of the stream of the event at this place. */
  streamOf(event: number): number {
    return this.streams[this.entries[event * 4] ?? 0] ?? 0;
  }

  /** The whole frame, valid until `reset`. */
  finish(firstSequence: number, recordedAt: number): Buffer {
    const bodiesEnd = this.position;
    this.writeEntries();
    this.writeStrings();
    const { buffer, position: totalBytes } = this;
    buffer.writeUInt32LE(magic, header.magic);
    buffer.writeUInt32LE(formatVersion, header.version);
    buffer.writeUInt32LE(totalBytes, header.totalBytes);
    buffer.writeUInt32LE(firstSequence, header.firstSequence);
    buffer.writeUInt32LE(this.eventCount, header.eventCount);
    buffer.writeUInt32LE(this.streams.length, header.streamCount);
    buffer.writeUInt32LE(this.localTypes.size, header.typeCount);
    buffer.writeUInt32LE(bodiesEnd, header.bodiesEnd);
    buffer.writeDoubleLE(recordedAt, header.recordedAt);
    buffer.writeUInt32LE(crc32(buffer.subarray(header.size, totalBytes)), header.payloadChecksum);
    buffer.writeUInt32LE(crc32(buffer.subarray(0, header.headerChecksum)), header.headerChecksum);
    return buffer.subarray(0, totalBytes);
  }

  /** Begins an empty frame. A buffer that one large group made big is not kept. */
  reset(): void {
    this.position = header.size;
    this.eventCount = 0;
    this.streams.length = 0;
    this.streamNames.length = 0;
    this.localStreams.clear();
    this.localTypes.clear();
    if (this.buffer.length > 16 * initialBytes) this.buffer = Buffer.allocUnsafeSlow(initialBytes);
    if (this.entries.length > 1 << 18) this.entries = new Uint32Array(4 * 1024);
  }

  private writeEntries(): void {
    this.reserve(this.eventCount * entry.size);
    for (let index = 0; index < this.eventCount * 4; index += 1) {
      this.position = this.buffer.writeUInt32LE(this.entries[index] ?? 0, this.position);
    }
  }

  private writeStrings(): void {
    const strings = [...this.streamNames, ...this.localTypes.keys()];
    this.reserve(strings.length * 4 + strings.reduce((sum, text) => sum + text.length * 3, 0));
    let endAt = this.position;
    const textsStart = endAt + strings.length * 4;
    this.position = textsStart;
    for (const text of strings) {
      this.position += this.buffer.write(text, this.position, 'utf8');
      endAt = this.buffer.writeUInt32LE(this.position - textsStart, endAt);
    }
  }

  private reserve(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }
}
