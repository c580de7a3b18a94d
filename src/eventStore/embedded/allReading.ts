import type { Position } from '../../domain/metadata.js';
import type { AllSlice } from '../eventStore.js';
import type { EventReader } from './eventReader.js';
import type { LogIndex } from './logIndex.js';

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
  const events = reader.read(Array.from({ length: last - after }, (_, place) => after + 1 + place));
  const next = events.at(-1)?.position ?? (from === 'start' ? undefined : from);
  return { events, ...(next === undefined ? {} : { next }), atEnd: last === lastSequence };
}

export function headOf(index: LogIndex): Position | undefined {
  const { lastSequence } = index.frames;
  if (lastSequence === 0) return undefined;
  return { commit: BigInt(lastSequence), prepare: BigInt(lastSequence) };
}
