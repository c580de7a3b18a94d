import type { RecordedEvent } from '../eventStore.js';
import { Frame } from './frame.js';
import type { FrameLog } from './frameLog.js';
import type { LogIndex } from './logIndex.js';
import type { RecentEvents } from './recentEvents.js';

/** Frames that stay in memory: who reads streams in the order of the log asks for their neighbours next. */
const keptFrames = 4;
/** Bytes of the largest that does. */
const largestKept = 2 * 1024 * 1024;

/** Fetches durable events by their sequence numbers: from the recent ones, else from their frames. */
export class EventReader {
  private readonly kept: Frame[] = [];

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
    const at = this.kept.findIndex((frame) => holds(frame, sequence));
    const [known] = at < 0 ? [] : this.kept.splice(at, 1);
    const frame = known ?? this.readFrame(sequence);
    if (frame.byteLength <= largestKept) this.kept.unshift(frame);
    if (this.kept.length > keptFrames) this.kept.pop();
    return frame;
  }

  private readFrame(sequence: number): Frame {
    const { bytes, length } = this.log.read(this.index.frames.frameOf(sequence));
    // The log's own bytes hold until the next look at it, which only this function takes.
    return new Frame(length <= largestKept ? Buffer.from(bytes.subarray(0, length)) : bytes);
  }
}

function holds(frame: Frame, sequence: number): boolean {
  return sequence >= frame.firstSequence && sequence < frame.firstSequence + frame.eventCount;
}
