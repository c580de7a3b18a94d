import type { Position } from '../domain/metadata.js';

interface Work {
  readonly position: Position;
  readonly run: () => Promise<void>;
  done: boolean;
}

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
  #madeRoom: (() => void) | undefined;
  #stopped = false;

  constructor(
    readonly concurrency: number,
    readonly capacity: number,
    readonly onDone: () => void,
  ) {}

  get held(): number {
    return this.#open.length;
  }

  /** The last position before the first gap. */
  get doneUpTo(): Position | undefined {
    return this.#doneUpTo;
  }

  /** Resolves when there is room for more work, or no more is taken. One caller at a time. */
  async room(): Promise<void> {
    while (this.#open.length >= this.capacity && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#madeRoom = resolve;
      });
    }
  }

  add(stream: string, position: Position, run: () => Promise<void>): void {
    const work: Work = { position, run, done: false };
    this.#open.push(work);
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
      await work.run();
    } catch {
      // Stopped before it was done: the stream keeps its place and starts no more.
      return;
    }
    work.done = true;
    if (waiting.length === 0) this.#waiting.delete(stream);
    else this.#ready.push(stream);
    this.#passDone();
    this.onDone();
  }

  #passDone(): void {
    let passed = 0;
    while (this.#open[passed]?.done) passed++;
    this.#doneUpTo = this.#open[passed - 1]?.position ?? this.#doneUpTo;
    this.#open.splice(0, passed);
    this.#madeRoom?.();
  }
}
