import { type ReadStreamOptions, StreamDeleted, type StreamSlice } from '../eventStore.js';
import type { EventReader } from './eventReader.js';
import type { LogIndex } from './logIndex.js';
import { isSoftDeleted } from './streamMetadata.js';
import { isTombstoned, metadataOf, type StreamRule } from './streamRules.js';

/** Reads a page of a stream as its metadata allows at `now` (epoch milliseconds). @throws StreamDeleted */
export function readStreamPage(
  index: LogIndex,
  reader: EventReader,
  streamName: string,
  options: ReadStreamOptions,
  now: number,
): StreamSlice {
  const stream = index.streams.numberOf(streamName);
  if (stream === undefined) return { exists: false, events: [] };
  const rule = index.rules.durableRule(stream);
  if (isTombstoned(rule)) throw new StreamDeleted();
  const count = index.streams.count(stream);
  if (count === 0 || isSoftDeleted(metadataOf(rule))) return { exists: false, events: [] };
  const page = pageOf(options, firstReadable(index, stream, rule, count, now), count - 1);
  const sequences = page === undefined ? [] : index.streams.range(stream, page.first, page.last);
  if (options.direction === 'backwards') sequences.reverse();
  return { exists: true, events: reader.read(sequences), lastRevision: BigInt(count - 1) };
}

function firstReadable(
  index: LogIndex,
  stream: number,
  rule: StreamRule | undefined,
  count: number,
  now: number,
): number {
  const { truncateBefore = 0n, maxCount, maxAge } = metadataOf(rule) ?? {};
  let first = truncateBefore > BigInt(count) ? count : Number(truncateBefore);
  if (maxCount !== undefined) first = Math.max(first, count - maxCount);
  if (maxAge !== undefined) {
    const oldest = index.frames.firstRecordedFrom(now - maxAge * 1000);
    first = Math.max(first, index.streams.firstRevisionFrom(stream, oldest));
  }
  return first;
}

/** The revisions to read, both inclusive; undefined where there are none. */
function pageOf(
  { direction = 'forwards', from = direction === 'forwards' ? 'start' : 'end', maxCount }: ReadStreamOptions,
  firstReadable: number,
  lastReadable: number,
): { first: number; last: number } | undefined {
  const start = from === 'start' ? firstReadable : from === 'end' ? lastReadable : Number(from);
  let first = Math.max(firstReadable, start);
  let last = Math.min(lastReadable, start);
  if (direction === 'forwards') last = Math.min(lastReadable, first + maxCount - 1);
  else first = Math.max(firstReadable, last - maxCount + 1);
  return first > last ? undefined : { first, last };
}
