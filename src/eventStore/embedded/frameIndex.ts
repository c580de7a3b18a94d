/** Where each frame begins and when it was recorded: 16 bytes a frame, found by binary search. */
export class FrameIndex {
  private readonly firsts: number[] = [];
  private readonly times: number[] = [];
  /** Sequence number of the last durable event; 0 in an empty log. */
  lastSequence = 0;

  get frames(): number {
    return this.firsts.length;
  }

  get lastTime(): number {
    return this.times.at(-1) ?? 0;
  }

  get bytes(): number {
    return this.firsts.length * 16;
  }

  append(eventCount: number, recordedAt: number): void {
    this.firsts.push(this.lastSequence + 1);
    this.times.push(recordedAt);
    this.lastSequence += eventCount;
  }

  /** First sequence number of the frame that holds the event. */
  frameOf(sequence: number): number {
    return this.firsts[lowerBound(this.firsts, sequence + 1) - 1] ?? 0;
  }

  /** Sequence number of the first event recorded at `time` or later; one past the last if there is none. */
  firstRecordedFrom(time: number): number {
    return this.firsts[lowerBound(this.times, time)] ?? this.lastSequence + 1;
  }
}

/** Place of the first value that is `bound` or more. */
function lowerBound(values: readonly number[], bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
