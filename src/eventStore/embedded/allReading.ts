import type { Position } from '../../domain/metadata.js';
import type { AllSlice, RecordedEvent } from '../eventStore.js';
import type { EventReader } from './eventReader.js';
import type { LogIndex } from './logIndex.js';

/** Of frames that are read and decoded at once: bounds memory, and how long the event loop waits. */
export const maxPageBytes = 4 * 1024 * 1024;

/** The next events of the log. A sequence number is both parts of a position. */
export function readAllPage(
  index: LogIndex,
  reader: EventReader,
  from: Position | 'start',
  maxCount: number,
): AllSlice {
  const { lastSequence } = index.frames;
  const after = Math.min(sequenceOf(from), lastSequence);
  const last = Math.min(lastSequence, after + maxCount);
  const sequences = Array.from({ length: last - after }, (_, place) => after + 1 + place);
  const events = reader.read(sequences, maxPageBytes);
  return sliceOf(events, from, after + events.length === lastSequence);
}

/** A page of the events after `from`. */
export function sliceOf(
  events: readonly RecordedEvent[],
  from: Position | 'start',
  atEnd: boolean,
): AllSlice {
  const next = events.at(-1)?.position ?? (from === 'start' ? undefined : from);
  return { events, ...(next === undefined ? {} : { next }), atEnd };
}

/**
 * Page after page, until `signal` aborts or `read` gives no page any more.
 * @param more resolves when something may have come after a place, or `signal` aborts
 */
export async function* followPages(
  from: Position | 'start',
  signal: AbortSignal,
  read: (from: Position | 'start') => AllSlice | undefined,
  more: (after: Position | 'start') => Promise<void>,
): AsyncGenerator<AllSlice, void, undefined> {
  let position = from;
  while (!signal.aborted) {
    const slice = read(position);
    if (slice === undefined) return;
    if (slice.events.length === 0) await more(position);
    else {
      position = slice.next ?? position;
      yield slice;
    }
  }
}

/** Position of the last event; 0 is the sequence number of an empty log. */
export function headAt(lastSequence: number): Position | undefined {
  if (lastSequence === 0) return undefined;
  return { commit: BigInt(lastSequence), prepare: BigInt(lastSequence) };
}

export function sequenceOf(place: Position | 'start'): number {
  return place === 'start' ? 0 : Number(place.commit);
}
