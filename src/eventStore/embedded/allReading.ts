import type { Position } from '../../domain/metadata.js';
import type { AllSlice } from '../eventStore.js';
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
  const after = from === 'start' ? 0 : Math.min(Number(from.commit), lastSequence);
  const last = Math.min(lastSequence, after + maxCount);
  const sequences = Array.from({ length: last - after }, (_, place) => after + 1 + place);
  const events = reader.read(sequences, maxPageBytes);
  const next = events.at(-1)?.position ?? (from === 'start' ? undefined : from);
  return { events, ...(next === undefined ? {} : { next }), atEnd: after + events.length === lastSequence };
}

export function headOf(index: LogIndex): Position | undefined {
  const { lastSequence } = index.frames;
  if (lastSequence === 0) return undefined;
  return { commit: BigInt(lastSequence), prepare: BigInt(lastSequence) };
}
