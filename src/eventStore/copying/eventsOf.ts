import type { Position } from '../../domain/metadata.js';
import type { EventStore, RecordedEvent } from '../eventStore.js';

const pageSize = 500;

/** All events after a position up to the end as it is when reached, in their order. */
export async function* eventsAfter(
  store: Pick<EventStore, 'readAll'>,
  from: Position | 'start',
): AsyncGenerator<RecordedEvent, undefined> {
  for (let next = from; ; ) {
    const slice = await store.readAll({ from: next, maxCount: pageSize });
    yield* slice.events;
    if (slice.atEnd || slice.next === undefined) return;
    next = slice.next;
  }
}

/** What a store wrote for itself: another store writes its own. */
export function isSystemEvent({ streamName, type }: RecordedEvent): boolean {
  return streamName.startsWith('$') || type.startsWith('$');
}

/** The stream whose metadata or deletion an event of the store's own is about. */
export function ruledStreamOf({ streamName, type }: RecordedEvent): string | undefined {
  const ruled = streamName.startsWith('$$') ? streamName.slice(2) : type.startsWith('$') ? streamName : '$';
  return ruled.startsWith('$') ? undefined : ruled;
}
