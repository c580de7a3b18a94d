import type { EventData, RecordedEvent } from '../eventStore.js';

const maxEvents = 500;

/** Neighbouring events of one stream, for one append. */
export class AppendBatch {
  readonly events: RecordedEvent[] = [];
  #bytes = 0;

  constructor(
    private readonly first: RecordedEvent,
    /** In the measure of `EventStore.maxAppendBytes`. */
    private readonly maxBytes: number,
  ) {
    this.#add(first);
  }

  get streamName(): string {
    return this.first.streamName;
  }

  get firstRevision(): bigint {
    return this.first.revision;
  }

  get last(): RecordedEvent {
    return this.events.at(-1) ?? this.first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False where it belongs into the next one. */
  take(event: RecordedEvent): boolean {
    const goesOn = event.streamName === this.streamName && event.revision === this.last.revision + 1n;
    if (!goesOn || this.events.length >= maxEvents || this.#bytes + bytesOf(event) > this.maxBytes)
      return false;
    this.#add(event);
    return true;
  }

  #add(event: RecordedEvent): void {
    this.events.push(event);
    this.#bytes += bytesOf(event);
  }
}

function bytesOf({ type, data, metadata }: EventData): number {
  return (
    Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata)) + 2 * type.length
  );
}
