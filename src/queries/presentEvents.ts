import { isDecisionStream } from '../domain/decision/streamName.js';
import { isInterventionStream } from '../domain/intervention/streamName.js';
import { categoryOf } from '../domain/retention/eventCategories.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { decode } from '../eventStore/codec.js';
import type { EventStore, RecordedEvent, StreamSlice } from '../eventStore/eventStore.js';

/** What events are read from for people: a store, or a store without what is past its period. */
export interface ShownEvents extends Pick<EventStore, 'head' | 'readAll' | 'subscribeToAll'> {
  /** Forwards from a revision; a slice without events is the end of the stream. */
  readStream(
    streamName: string,
    options: { readonly from?: bigint; readonly maxCount: number },
  ): Promise<StreamSlice>;
}

/**
 * A store without what is past its period. Truncated streams leave it in `$all` until a scavenge, and in the embedded log
 * for good; in a stream it stands until the next round where it was recorded late, behind what is still within its period.
 * What is read from `$all` as it is recorded is passed on as it is. A decision and an offer go with their streams as a whole, by the round.
 */
export function withoutPastEvents(
  eventStore: ShownEvents,
  cutoffsOf: (tenantId: string) => Cutoffs,
): ShownEvents {
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
    async readStream(streamName, { from: first = 0n, maxCount }) {
      for (let from = first; ; ) {
        const slice = await eventStore.readStream(streamName, { from, maxCount });
        const goesWhole = isInterventionStream(streamName) || isDecisionStream(streamName);
        const events = goesWhole ? slice.events : slice.events.filter(isPresent);
        const last = slice.events.at(-1);
        if (events.length > 0 || last === undefined) return { ...slice, events };
        from = last.revision + 1n;
      }
    },
  };
}
