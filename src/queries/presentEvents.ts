import { categoryOf } from '../domain/retention/eventCategories.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { decode } from '../eventStore/codec.js';
import type { EventStore, RecordedEvent } from '../eventStore/eventStore.js';

/** What reads `$all` for people. */
export type AllEvents = Pick<EventStore, 'head' | 'readAll' | 'subscribeToAll'>;

/**
 * `$all` without what is past its period: truncated streams leave it there until a scavenge, and in the embedded log for
 * good. What is read as it is recorded is passed on as it is.
 */
export function withoutPastEvents(
  eventStore: AllEvents,
  cutoffsOf: (tenantId: string) => Cutoffs,
): AllEvents {
  const isPresent = (stored: RecordedEvent) => {
    const recorded = decode(stored);
    if (recorded === undefined) return true;
    const category = categoryOf[recorded.event.type];
    if (category === 'record' || category === 'journey') return true;
    const { tenantId, occurredAt } = recorded.metadata;
    return occurredAt >= (cutoffsOf(tenantId)[category] ?? Number.NEGATIVE_INFINITY);
  };
  return {
    head: () => eventStore.head(),
    subscribeToAll: (options) => eventStore.subscribeToAll(options),
    async readAll(options) {
      const slice = await eventStore.readAll(options);
      return { ...slice, events: slice.events.filter(isPresent) };
    },
  };
}
