import type { Position } from '../domain/metadata.js';

interface Work {
  readonly position: Position;
  readonly recordedAt: number;
  /** Undefined once it is done: what only waits for a gap before it holds no event. */
  run: (() => Promise<void>) | undefined;
}

/** Works done behind a gap that are remembered for each that may be held: one slow work holds up no others for long. */
const rememberedForEach = 20;

/**
 * Work in the order of `$all`, done in that order within a stream and side by side across streams. Knows up to where
 * all is done. Work that rejects is never done.
 */
export class StreamQueues {
  readonly #waiting = new Map<string, Work[]>();
  readonly #ready: string[] = [];
  readonly #active = new Map<string, Promise<void>>();
  /** All that is not yet behind `doneUpTo`, in order. */
  readonly #open: Work[] = [];
  #doneUpTo: Position | undefined;
  #undone = 0;
  #madeRoom: (() => void) | undefined;
  #stopped = false;

  constructor(
    readonly concurrency: number,
    /** Works that are held, waiting or under way. */
    readonly capacity: number,
    readonly onDone: () => void,
  ) {}

  /** Works that wait or are under way. */
  get held(): number {
    return this.#undone;
  }

  /** When the oldest of them was recorded, epoch milliseconds. */
  get oldest(): number | undefined {
    return this.#open[0]?.recordedAt;
  }

  /** The last position before the first gap. */
  get doneUpTo(): Position | undefined {
    return this.#doneUpTo;
  }

  /** Resolves when there is room for more work, or no more is taken. One caller at a time. */
  async room(): Promise<void> {
    while (this.#isFull() && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#madeRoom = resolve;
      });
    }
  }

  /** @param recordedAt epoch milliseconds */
  add(stream: string, position: Position, recordedAt: number, run: () => Promise<void>): void {
    const work: Work = { position, recordedAt, run };
    this.#open.push(work);
    this.#undone += 1;
    const waiting = this.#waiting.get(stream);
    if (waiting !== undefined) {
      waiting.push(work);
      return;
    }
    this.#waiting.set(stream, [work]);
    this.#ready.push(stream);
    this.#startReady();
  }

  /** Resolves when the work of these streams that is under way now has ended; what waits may not have begun. */
  async over(streams: readonly string[]): Promise<void> {
    await Promise.all(streams.map((stream) => this.#active.get(stream)));
  }

  /** Starts nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#madeRoom?.();
    await Promise.all(this.#active.values());
  }

  #isFull(): boolean {
    return this.#undone >= this.capacity || this.#open.length >= rememberedForEach * this.capacity;
  }

  #startReady(): void {
    while (!this.#stopped && this.#active.size < this.concurrency) {
      const stream = this.#ready.shift();
      if (stream === undefined) return;
      const active = this.#runFirst(stream).finally(() => {
        // Where the stream was taken up again meanwhile, the entry is the later one's.
        if (this.#active.get(stream) === active) this.#active.delete(stream);
        this.#startReady();
      });
      this.#active.set(stream, active);
    }
  }

  async #runFirst(stream: string): Promise<void> {
    const waiting = this.#waiting.get(stream) ?? [];
    const work = waiting.shift();
    if (work === undefined) return;
    try {
      await work.run?.();
    } catch {
      // Stopped before it was done: the stream keeps its place and starts no more.
      return;
    }
    work.run = undefined;
    this.#undone -= 1;
    if (waiting.length === 0) this.#waiting.delete(stream);
    else this.#ready.push(stream);
    this.#passDone();
    this.onDone();
  }

  #passDone(): void {
    let passed = 0;
    while (this.#open[passed] !== undefined && this.#open[passed]?.run === undefined) passed++;
    this.#doneUpTo = this.#open[passed - 1]?.position ?? this.#doneUpTo;
    if (passed > 0) this.#open.splice(0, passed);
    this.#madeRoom?.();
  }
}
