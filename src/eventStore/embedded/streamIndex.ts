import { Uint32Column } from './column.js';

/**
 * Which streams there are and where their events stand, in memory.
 *
 * An event costs 8 bytes, whatever the length of its stream: the sequence number of the event before it in its
 * stream, and a jump link further back (the skew-binary jump pointers of E. W. Myers, "An applicative
 * random-access stack", 1983). How far a jump goes follows from the revision alone. Any revision of a stream of
 * n events is found from its last event in O(log n) steps, and a page is then read along the plain links.
 *
 * A stream costs its name and 12 bytes. Sequence number 0 means "none".
 */
export class StreamIndex {
  private readonly numbers = new Map<string, number>();
  private readonly previous = new Uint32Column();
  private readonly jump = new Uint32Column();
  private readonly lastSequence = new Uint32Column();
  private readonly durableCount = new Uint32Column();
  /** Like `durableCount`, with the appends that are gathered or being committed. */
  private readonly pendingCount = new Uint32Column();

  /** Number of names known, streams without events included. */
  get streams(): number {
    return this.numbers.size;
  }

  /** Bytes in the columns. The names and their map, about 120 bytes each, come on top. */
  get bytes(): number {
    return (
      this.previous.bytes +
      this.jump.bytes +
      this.lastSequence.bytes +
      this.durableCount.bytes +
      this.pendingCount.bytes
    );
  }

  numberOf(streamName: string): number | undefined {
    return this.numbers.get(streamName);
  }

  numberFor(streamName: string): number {
    let stream = this.numbers.get(streamName);
    if (stream === undefined) {
      stream = this.numbers.size;
      this.numbers.set(streamName, stream);
    }
    return stream;
  }

  /** Events in the stream so far: the next durable event has this revision. */
  count(stream: number): number {
    return this.durableCount.get(stream);
  }

  countWithPending(stream: number): number {
    return this.pendingCount.get(stream);
  }

  addPending(stream: number, events: number): void {
    this.pendingCount.set(stream, this.pendingCount.get(stream) + events);
  }

  dropPending(stream: number): void {
    this.pendingCount.set(stream, this.durableCount.get(stream));
  }

  /** The event at this sequence number is durable as the stream's next. */
  append(stream: number, sequence: number): void {
    const revision = this.durableCount.get(stream);
    if (revision > 0) {
      const last = this.lastSequence.get(stream);
      this.previous.set(sequence, last);
      this.jump.set(sequence, jumpLength(revision) === 1 ? last : this.jump.get(this.jump.get(last)));
    }
    this.lastSequence.set(stream, sequence);
    this.durableCount.set(stream, revision + 1);
  }

  /** As `append`, for an event that was never pending: when the index is rebuilt. */
  restore(stream: number, sequence: number): void {
    this.append(stream, sequence);
    this.pendingCount.set(stream, this.durableCount.get(stream));
  }

  /** Sequence number of the event with this revision, which must be one of the stream's. */
  find(stream: number, revision: number): number {
    let sequence = this.lastSequence.get(stream);
    let at = this.durableCount.get(stream) - 1;
    while (at > revision) {
      const length = jumpLength(at);
      if (at - length >= revision) {
        sequence = this.jump.get(sequence);
        at -= length;
      } else {
        sequence = this.previous.get(sequence);
        at -= 1;
      }
    }
    return sequence;
  }

  /** Sequence numbers of the revisions `first` to `last`, both of which the stream has, ascending. */
  range(stream: number, first: number, last: number): number[] {
    const sequences = new Array<number>(last - first + 1);
    let sequence = this.find(stream, last);
    for (let place = last - first; place >= 0; place -= 1) {
      sequences[place] = sequence;
      sequence = this.previous.get(sequence);
    }
    return sequences;
  }

  /** The first revision of the stream whose sequence number is `sequence` or more; the stream's count if none is. */
  firstRevisionFrom(stream: number, sequence: number): number {
    let revision = this.durableCount.get(stream);
    let at = this.lastSequence.get(stream);
    if (revision === 0 || at < sequence) return revision;
    revision -= 1;
    while (revision > 0) {
      const jumped = this.jump.get(at);
      const before = this.previous.get(at);
      if (jumped >= sequence) {
        at = jumped;
        revision -= jumpLength(revision);
      } else if (before >= sequence) {
        at = before;
        revision -= 1;
      } else break;
    }
    return revision;
  }
}

/** The last term of the greedy sum of numbers 2^k - 1 that makes the revision: how many events its jump passes. */
function jumpLength(revision: number): number {
  let rest = revision;
  let term = 0;
  while (rest > 0) {
    term = 2 ** (31 - Math.clz32(rest + 1)) - 1;
    rest -= term;
  }
  return term;
}
