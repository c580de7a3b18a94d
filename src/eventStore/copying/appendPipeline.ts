import type { EventStore, RecordedEvent } from '../eventStore.js';
import type { AppendBatch } from './appendBatch.js';
import { copyAppend, fillGap, nextRevisionOf } from './copyAppend.js';

/** Of appends on their way. */
const maxBytes = 8 * 1024 * 1024;

interface Sent {
  readonly batch: AppendBatch;
  readonly done: Promise<void>;
  isDone: boolean;
}

/**
 * Sends appends in the order of the source's log without waiting for each: a store takes up what comes over one
 * connection in the order of its coming, so that `$all` has the same order there. Nothing more is sent after a failure.
 */
export class AppendPipeline {
  readonly #sent: Sent[] = [];
  readonly #nextRevisions = new Map<string, bigint>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly target: EventStore,
    /** Appends on their way at once. 1: each waits for the one before it, whatever happens. */
    private readonly parallel: number,
    /** Told of the last event up to which all are durable. */
    private readonly onDurable: (last: RecordedEvent, events: number) => void,
  ) {}

  /** @throws what an append failed with, this one or one before */
  async send(batch: AppendBatch): Promise<void> {
    await this.#room(batch);
    await this.#fillGapBefore(batch);
    this.#assertWell();
    const sent: Sent = {
      batch,
      isDone: false,
      done: copyAppend(this.target, batch).then(
        () => {
          sent.isDone = true;
          this.#settle();
        },
        (error: unknown) => {
          this.#failure ??= { error };
        },
      ),
    };
    this.#bytes += batch.bytes;
    this.#sent.push(sent);
    this.#nextRevisions.set(batch.streamName, batch.last.revision + 1n);
  }

  /** Resolves when all is durable, and rejects when it cannot be; nothing is on its way any more in either case. */
  async finish(): Promise<void> {
    await Promise.all(this.#sent.map(({ done }) => done));
    this.#assertWell();
  }

  async #room({ streamName, bytes }: AppendBatch): Promise<void> {
    for (;;) {
      this.#assertWell();
      const isFull = this.#sent.length >= this.parallel || this.#bytes + bytes > maxBytes;
      // Two appends of one stream at once would depend on the order in which they arrive.
      const before = this.#sent.find(({ batch, isDone }) => !isDone && batch.streamName === streamName);
      const blocking = before ?? (isFull ? this.#sent[0] : undefined);
      if (blocking === undefined) return;
      await blocking.done;
    }
  }

  async #fillGapBefore({ streamName, firstRevision }: AppendBatch): Promise<void> {
    if (firstRevision === 0n) return;
    const next = this.#nextRevisions.get(streamName) ?? (await nextRevisionOf(this.target, streamName));
    if (next !== 'closed' && next < firstRevision)
      await fillGap(this.target, streamName, next, firstRevision);
  }

  #settle(): void {
    for (let [first] = this.#sent; first?.isDone === true; [first] = this.#sent) {
      this.#sent.shift();
      this.#bytes -= first.batch.bytes;
      this.onDurable(first.batch.last, first.batch.events.length);
    }
  }

  #assertWell(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
