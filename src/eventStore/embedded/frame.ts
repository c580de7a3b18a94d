import { crc32 } from 'node:zlib';
import type { JsonObject } from '../../domain/json.js';
import { EventLogDamaged, type RecordedEvent } from '../eventStore.js';
import { entry, formatVersion, header, magic } from './frameFormat.js';

/** What a stored value turned out to be. `torn` is a frame that was never wholly written, so never acknowledged. */
export type FrameState =
  | { readonly is: 'whole' }
  | { readonly is: 'torn' }
  | { readonly is: 'damaged'; readonly reason: string };

/** Compares a stored value with what its header promises. */
export function inspectFrame(bytes: Buffer, length: number, firstSequence: number): FrameState {
  if (length < header.size) return { is: 'torn' };
  if (bytes.readUInt32LE(header.magic) !== magic) return damaged('it does not begin like a frame');
  if (crc32(bytes.subarray(0, header.headerChecksum)) !== bytes.readUInt32LE(header.headerChecksum)) {
    return damaged('the checksum of its header does not match');
  }
  if (bytes.readUInt32LE(header.version) !== formatVersion)
    return damaged('a newer version of Waymark wrote it');
  const totalBytes = bytes.readUInt32LE(header.totalBytes);
  if (length < totalBytes) return { is: 'torn' };
  if (length > totalBytes) return damaged('it is longer than its header says');
  if (bytes.readUInt32LE(header.firstSequence) !== firstSequence)
    return damaged('it stands in the wrong place');
  if (crc32(bytes.subarray(header.size, totalBytes)) !== bytes.readUInt32LE(header.payloadChecksum)) {
    return damaged('its checksum does not match');
  }
  return { is: 'whole' };
}

function damaged(reason: string): FrameState {
  return { is: 'damaged', reason };
}

/** Reads the events of a whole frame. To be used only while the bytes hold that it was made of. */
export class Frame {
  readonly firstSequence: number;
  readonly eventCount: number;
  readonly streamCount: number;
  readonly typeCount: number;
  readonly recordedAt: number;
  private readonly entriesStart: number;
  private readonly stringsStart: number;
  private readonly textsStart: number;
  private readonly strings: (string | undefined)[] = [];

  get byteLength(): number {
    return this.bytes.length;
  }

  constructor(private readonly bytes: Buffer) {
    this.firstSequence = bytes.readUInt32LE(header.firstSequence);
    this.eventCount = bytes.readUInt32LE(header.eventCount);
    this.streamCount = bytes.readUInt32LE(header.streamCount);
    this.typeCount = bytes.readUInt32LE(header.typeCount);
    this.recordedAt = bytes.readDoubleLE(header.recordedAt);
    this.entriesStart = bytes.readUInt32LE(header.bodiesEnd);
    this.stringsStart = this.entriesStart + this.eventCount * entry.size;
    this.textsStart = this.stringsStart + (this.streamCount + this.typeCount) * 4;
  }

  streamName(localStream: number): string {
    return this.string(localStream);
  }

  typeName(localType: number): string {
    return this.string(this.streamCount + localType);
  }

  localStreamOf(event: number): number {
    return this.field(event, entry.stream);
  }

  localTypeOf(event: number): number {
    return this.field(event, entry.type);
  }

  revisionOf(event: number): number {
    return this.field(event, entry.revision);
  }

  textOf(event: number): string {
    const start = event === 0 ? header.size : this.field(event - 1, entry.end);
    return this.bytes.toString('utf8', start, this.field(event, entry.end));
  }

  decode(event: number): RecordedEvent {
    // The text was written by this module from an `EventData` and has kept its checksum since.
    const [id, data, metadata] = JSON.parse(this.textOf(event)) as [string, JsonObject, JsonObject];
    const position = BigInt(this.firstSequence + event);
    return {
      id,
      type: this.typeName(this.localTypeOf(event)),
      data,
      metadata,
      streamName: this.streamName(this.localStreamOf(event)),
      revision: BigInt(this.revisionOf(event)),
      position: { commit: position, prepare: position },
    };
  }

  private field(event: number, offset: number): number {
    return this.bytes.readUInt32LE(this.entriesStart + event * entry.size + offset);
  }

  private string(place: number): string {
    let text = this.strings[place];
    if (text === undefined) {
      const ends = this.stringsStart + place * 4;
      const start = place === 0 ? 0 : this.bytes.readUInt32LE(ends - 4);
      text = this.bytes.toString(
        'utf8',
        this.textsStart + start,
        this.textsStart + this.bytes.readUInt32LE(ends),
      );
      this.strings[place] = text;
    }
    return text;
  }
}

export function frameDamaged(firstSequence: number, reason: string): EventLogDamaged {
  return new EventLogDamaged(
    `the event log is damaged in the frame that begins with event ${firstSequence}: ${reason}. ` +
      'Nothing was changed. Keep a copy of the folder and restore it from a backup.',
  );
}
