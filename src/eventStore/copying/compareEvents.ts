import { isDeepStrictEqual } from 'node:util';
import { type EventStore, formatPosition, type RecordedEvent, StreamDeleted } from '../eventStore.js';
import { eventsAfter, isSystemEvent, ruledStreamOf } from './eventsOf.js';
import { placeholderType } from './placeholder.js';

export interface Comparison {
  readonly events: number;
  readonly streams: number;
  /** Streams of the source that have metadata or were deleted. */
  readonly ruled: ReadonlySet<string>;
  /** The first difference, in a sentence; undefined where there is none. */
  readonly difference: string | undefined;
}

/**
 * Reads both stores side by side, all of both: the same events in the same order, each in its stream at its revision
 * with its id, type, data and metadata. Keeps the names of streams in memory, about 100 bytes each.
 */
export async function compareEvents(
  source: EventStore,
  target: EventStore,
  onCompared: (event: RecordedEvent) => void,
): Promise<Comparison> {
  const streams = new Set<string>();
  const ruled = new Set<string>();
  const copied = copiedEvents(target);
  let events = 0;
  const result = (difference?: string): Comparison => ({ events, streams: streams.size, ruled, difference });
  for await (const event of eventsAfter(source, 'start')) {
    const ruledStream = isSystemEvent(event) ? ruledStreamOf(event) : undefined;
    if (ruledStream !== undefined) ruled.add(ruledStream);
    if (isSystemEvent(event) || event.type === placeholderType) continue;
    const { value: other } = await copied.next();
    if (other === undefined || !isSame(event, other)) return result(await describe(event, other, target));
    streams.add(event.streamName);
    events += 1;
    onCompared(event);
  }
  const { value: surplus } = await copied.next();
  return result(
    surplus &&
      `The target holds more: the event at its position ${formatPosition(surplus.position)} is not in the source.`,
  );
}

async function* copiedEvents(target: EventStore): AsyncGenerator<RecordedEvent, undefined> {
  for await (const event of eventsAfter(target, 'start')) {
    if (!isSystemEvent(event) && event.type !== placeholderType) yield event;
  }
}

function isSame(event: RecordedEvent, other: RecordedEvent): boolean {
  return isSamePlace(event, other) && event.type === other.type && isSameContent(event, other);
}

function isSamePlace(event: RecordedEvent, other: RecordedEvent): boolean {
  return event.id === other.id && event.streamName === other.streamName && event.revision === other.revision;
}

function isSameContent(event: RecordedEvent, other: RecordedEvent): boolean {
  return isDeepStrictEqual(event.data, other.data) && isDeepStrictEqual(event.metadata, other.metadata);
}

async function describe(
  event: RecordedEvent,
  other: RecordedEvent | undefined,
  target: EventStore,
): Promise<string> {
  const where = `the event at position ${formatPosition(event.position)} of the source`;
  if (other !== undefined && isSamePlace(event, other)) return `In the target ${where} has another content.`;
  if (other !== undefined && (await isThere(event, target))) {
    return `In the target ${where} stands behind others: the order is not the same. Copy into an empty store, with --parallel 1.`;
  }
  return `The target lacks ${where}.`;
}

async function isThere({ id, streamName, revision }: RecordedEvent, target: EventStore): Promise<boolean> {
  try {
    const { events } = await target.readStream(streamName, { from: revision, maxCount: 1 });
    return events[0]?.id === id;
  } catch (error) {
    if (error instanceof StreamDeleted) return false;
    throw error;
  }
}
