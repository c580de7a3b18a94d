import type { RecordedEvent } from '../eventStore.js';

const slots = 1 << 13;
const slotMask = slots - 1;

/**
 * The last events as they were appended, so that readers who keep up decode nothing. At most 8,192 events and
 * 8 MiB of their JSON.
 */
export class RecentEvents {
  private readonly events = new Array<RecordedEvent | undefined>(slots);
  private readonly sizes = new Uint32Array(slots);
  private first = 1;
  private next = 1;
  private bytes = 0;

  constructor(private readonly maxBytes = 8 * 1024 * 1024) {}

  /** Forgets all and begins at this sequence number. */
  startAt(sequence: number): void {
    this.events.fill(undefined);
    this.first = sequence;
    this.next = sequence;
    this.bytes = 0;
  }

  /** Takes the event with the next sequence number. */
  push(event: RecordedEvent, bytes: number): void {
    while (
      this.first < this.next &&
      (this.next - this.first >= slots || this.bytes + bytes > this.maxBytes)
    ) {
      const slot = this.first & slotMask;
      this.bytes -= this.sizes[slot] ?? 0;
      this.events[slot] = undefined;
      this.first += 1;
    }
    const slot = this.next & slotMask;
    this.events[slot] = event;
    this.sizes[slot] = bytes;
    this.bytes += bytes;
    this.next += 1;
  }

  get(sequence: number): RecordedEvent | undefined {
    return sequence >= this.first && sequence < this.next ? this.events[sequence & slotMask] : undefined;
  }
}
