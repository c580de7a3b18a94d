import {
  type AppendResult,
  EventStoreUnavailable,
  type RecordedEvent,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../eventStore/eventStore.js';
import type { AppendAnswer, AppendRequest } from './appendRequests.js';
import type { Connection } from './connection.js';
import { meaningOf, NotExecuted, unavailable } from './failures.js';
import { InFlight } from './inFlight.js';

/** Reads events of a stream from a revision. */
type ReadBack = (streamName: string, from: bigint, count: number) => Promise<readonly RecordedEvent[]>;

/**
 * Sends appends, so many at once. Where nobody knows what became of one, the same ids go out again with the same exact
 * revision: the server answers a repetition as it answered the first. Should it call that a conflict, what stands there
 * is read back and compared before the caller is told so.
 */
export class Appends {
  readonly #inFlight = new InFlight({
    appends: 64,
    bytes: 16 * 1024 * 1024,
    pendingBytes: 64 * 1024 * 1024,
  });
  #retries = 0;
  #resolved = 0;

  constructor(
    private readonly connection: Connection,
    private readonly readBack: ReadBack,
  ) {}

  get inFlight(): number {
    return this.#inFlight.appends;
  }

  get pendingBytes(): number {
    return this.#inFlight.pendingBytes;
  }

  /** Attempts after the first. */
  get retries(): number {
    return this.#retries;
  }

  /** Appends without an answer that were found to be written. */
  get resolved(): number {
    return this.#resolved;
  }

  /**
   * @param again what may be sent again although the server would write it again: it does no harm
   * @throws WrongExpectedRevision, StreamDeleted, AppendTooLarge, EventStoreUnavailable
   */
  async append(request: AppendRequest, again = false): Promise<AppendResult> {
    this.connection.assertUsable();
    const leave = await this.#inFlight.enter(request.bytes, this.connection.timeout);
    try {
      return await this.#untilKnown(request, again);
    } finally {
      leave();
    }
  }

  async #untilKnown(request: AppendRequest, again: boolean): Promise<AppendResult> {
    const isExact = request.expected === 'noStream' || typeof request.expected === 'bigint';
    const until = performance.now() + 2 * this.connection.timeout;
    let isInDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.connection.once((client, signal) => client.append(request, signal));
        return await this.#placed(request, answer);
      } catch (error) {
        if (meaningOf(error) === 'answer') {
          if (isInDoubt && isExact && error instanceof WrongExpectedRevision) {
            return await this.#written(request, error);
          }
          throw told(error);
        }
        // A node that leads no more ends the stream of appends: of those before this one nobody knows.
        if (!(error instanceof NotExecuted)) {
          if (!isExact && !again) throw unavailable(error);
          isInDoubt = true;
        }
        if (performance.now() > until) throw unavailable(error);
        this.#retries += 1;
        await this.connection.pause(attempt, error);
      }
    }
  }

  /** @throws the conflict, unless the events are there */
  async #written(request: AppendRequest, conflict: WrongExpectedRevision): Promise<AppendResult> {
    const { streamName, events, expected } = request;
    const from = typeof expected === 'bigint' ? expected + 1n : 0n;
    const found = await this.readBack(streamName, from, events.length);
    const last = found.at(-1);
    const isOurs = found.length === events.length && found.every(({ id }, at) => id === events[at]?.id);
    if (!isOurs || last === undefined) throw conflict;
    this.#resolved += 1;
    return { revision: last.revision, position: last.position };
  }

  /** A server may leave the position out, for instance where the append was a repetition. */
  async #placed({ streamName }: AppendRequest, { revision, position }: AppendAnswer): Promise<AppendResult> {
    if (position !== undefined) return { revision, position };
    const [event] = await this.readBack(streamName, revision, 1);
    if (event === undefined) throw new EventStoreUnavailable('the event store does not say where it wrote');
    return { revision, position: event.position };
  }
}

function told(error: unknown): unknown {
  const isPort = error instanceof WrongExpectedRevision || error instanceof StreamDeleted;
  return isPort || (error instanceof Error && 'code' in error && error.code === 'append-too-large')
    ? error
    : unavailable(error);
}
