import type { SimulatedMessage } from './recorder.js';

/** A message as a client sends it. */
export type TimedMessage = SimulatedMessage['message'] & { readonly timestamp: string };

export interface Playback {
  readonly messages: Iterator<SimulatedMessage, never>;
  /** Sends at most 100 messages and resolves when they are durable. */
  readonly send: (messages: readonly TimedMessage[]) => Promise<void>;
  /** Real time; epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const batchSize = 100;

/**
 * Sends as past events everything that happens before `until`, as fast as the server takes it.
 * @returns the first message that comes after, undefined where the signal ended the playback
 */
export async function playHistory(
  playback: Playback,
  until: number,
  report: (at: number, count: number) => void,
): Promise<SimulatedMessage | undefined> {
  let count = 0;
  let batch: TimedMessage[] = [];
  while (!playback.signal.aborted) {
    const { at, message } = playback.messages.next().value;
    const over = at >= until;
    if (!over) batch.push(timed(message, at));
    if (batch.length === batchSize || (over && batch.length > 0)) {
      await playback.send(batch);
      count += batch.length;
      batch = [];
      report(at, count);
    }
    if (over) return { at, message };
  }
  return undefined;
}

export interface Pace {
  /** The moment of the simulation that is now. */
  readonly startsAt: number;
  /** Simulated seconds in a real one. */
  readonly speed: number;
  /** Waits this many milliseconds, less when the signal aborts. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Sends each message when its time has come, stamped with the real time, until the signal aborts. */
export async function playLive(playback: Playback, first: SimulatedMessage, pace: Pace): Promise<void> {
  const startedAt = playback.now();
  const dueAt = ({ at }: SimulatedMessage): number => startedAt + (at - pace.startsAt) / pace.speed;
  let next = first;
  while (!playback.signal.aborted) {
    const wait = dueAt(next) - playback.now();
    if (wait > 0) await pace.sleep(Math.ceil(wait));
    if (playback.signal.aborted) return;
    const batch: TimedMessage[] = [];
    while (batch.length < batchSize && dueAt(next) <= playback.now()) {
      batch.push(timed(next.message, dueAt(next)));
      next = playback.messages.next().value;
    }
    if (batch.length > 0) await playback.send(batch);
  }
}

function timed(message: SimulatedMessage['message'], at: number): TimedMessage {
  return { ...message, timestamp: new Date(at).toISOString() };
}
