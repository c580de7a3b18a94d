import type { RecordedEvent } from '../eventStore.js';
import { Frame } from './frame.js';
import type { FrameLog } from './frameLog.js';
import type { LogIndex } from './logIndex.js';
import type { RecentEvents } from './recentEvents.js';

/** Fetches durable events by their sequence numbers: from the recent ones, else from their frames. */
export class EventReader {
  constructor(
    private readonly log: FrameLog,
    private readonly index: LogIndex,
    private readonly recent: RecentEvents,
  ) {}

  /**
   * In the order asked for. Neighbours in one frame cost one look at it, so ascending or descending is best.
   * Ends early, after at least one event, where more than `maxBytes` of frames would have to be decoded.
   */
  read(sequences: readonly number[], maxBytes = Number.POSITIVE_INFINITY): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    let frame: Frame | undefined;
    let bytes = 0;
    for (const sequence of sequences) {
      const recent = this.recent.get(sequence);
      if (recent !== undefined) {
        events.push(recent);
        continue;
      }
      // A frame's bytes hold until the next look at the log, which only this function takes.
      if (frame === undefined || !holds(frame, sequence)) {
        if (bytes > maxBytes) break;
        frame = this.frameOf(sequence);
        bytes += frame.byteLength;
      }
      events.push(frame.decode(sequence - frame.firstSequence));
    }
    return events;
  }

  private frameOf(sequence: number): Frame {
    return new Frame(this.log.read(this.index.frames.frameOf(sequence)).bytes);
  }
}

function holds(frame: Frame, sequence: number): boolean {
  return sequence >= frame.firstSequence && sequence < frame.firstSequence + frame.eventCount;
}
