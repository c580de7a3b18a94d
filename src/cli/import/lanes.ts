/** A message on its way: the JSON text of its line, and the object it holds. */
export interface ImportLine {
  readonly number: number;
  readonly text: string;
  readonly message: unknown;
}

export const batchSize = 100;
/** Below the server's limit of 500 KB for a batch, with room for the envelope. */
const maxBatchBytes = 440_000;
/** A line waits for its batch to fill for at most this many further lines. */
const maxWaitingLines = 10_000;

/**
 * Sends batches side by side and keeps the order within a person: each person belongs to one lane, and a lane
 * sends one batch at a time. `add` waits where too much is in flight, so memory is bounded.
 */
export interface Lanes {
  add(line: ImportLine): Promise<void>;
  /** Sends what is left and waits for all answers. */
  finish(): Promise<void>;
}

interface Lane {
  filling: ImportLine[];
  bytes: number;
  /** Settles when everything queued so far is answered. */
  tail: Promise<void>;
}

/** @param send a failure stops the lanes: `add` and `finish` throw it */
export function createLanes(count: number, send: (batch: readonly ImportLine[]) => Promise<void>): Lanes {
  const lanes = Array.from(
    { length: count },
    (): Lane => ({ filling: [], bytes: 0, tail: Promise.resolve() }),
  );
  const maxQueued = count * 8;
  let queued = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  let turn = 0;

  const sendQueued = async (batch: readonly ImportLine[]): Promise<void> => {
    try {
      if (failure === undefined) await send(batch);
    } catch (error) {
      failure ??= { error };
    } finally {
      queued -= 1;
      wake?.();
    }
  };

  const flush = (lane: Lane): void => {
    if (lane.filling.length === 0) return;
    const batch = lane.filling;
    lane.filling = [];
    lane.bytes = 0;
    queued += 1;
    lane.tail = lane.tail.then(() => sendQueued(batch));
  };

  const room = async (): Promise<void> => {
    while (queued >= maxQueued && failure === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure.error;
  };

  return {
    add: async (line) => {
      const lane = at(lanes, laneOf(line.message, count));
      const bytes = Buffer.byteLength(line.text) + 1;
      if (lane.bytes + bytes > maxBatchBytes) flush(lane);
      lane.filling.push(line);
      lane.bytes += bytes;
      if (lane.filling.length >= batchSize) flush(lane);
      turn = (turn + 1) % count;
      const other = at(lanes, turn);
      const oldest = other.filling[0];
      if (oldest !== undefined && line.number - oldest.number > maxWaitingLines) flush(other);
      await room();
    },
    finish: async () => {
      for (const lane of lanes) flush(lane);
      await Promise.all(lanes.map((lane) => lane.tail));
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** The same person is always in the same lane; messages that name nobody share the first. */
export function laneOf(message: unknown, count: number): number {
  if (typeof message !== 'object' || message === null) return 0;
  const userId = 'userId' in message ? message.userId : undefined;
  const anonymousId = 'anonymousId' in message ? message.anonymousId : undefined;
  const person = userId ?? anonymousId;
  return person === undefined || person === null ? 0 : hash(String(person)) % count;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}

function at(lanes: readonly Lane[], index: number): Lane {
  const lane = lanes[index];
  if (lane === undefined) throw new RangeError(`there is no lane ${index}`);
  return lane;
}
