import type { JsonObject } from '../domain/json.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, type StreamSlice } from '../eventStore/eventStore.js';

const eventsAtATime = 500;
/** How far before the struggle the person's locale is looked for, in events. */
const eventsBefore = 20n;

export interface StruggleContext {
  readonly resolved: boolean;
  /** What the latest event to name any named: its traits' locale and language, then its context's locale. */
  readonly locales: readonly string[];
}

/**
 * What the journey says of one struggle by now, read from the stream itself and so never behind.
 * Costs one read for each 500 events since the struggle.
 */
export async function readStruggleContext(
  eventStore: EventStore,
  streamName: string,
  struggleId: string,
  revision: bigint,
): Promise<StruggleContext> {
  let resolved = false;
  let locales: readonly string[] = [];
  let from: bigint | undefined = revision > eventsBefore ? revision - eventsBefore : 0n;
  while (from !== undefined) {
    const slice = await readSlice(eventStore, streamName, from);
    for (const stored of slice.events) {
      const event = decode(stored)?.event;
      if (event?.type === 'StruggleResolved' && event.data.struggleId === struggleId) resolved = true;
      if (event === undefined || !('context' in event.data || 'traits' in event.data)) continue;
      const named = localesIn(event.data);
      if (named.length > 0) locales = named;
    }
    const last = slice.events.at(-1)?.revision;
    from = last === undefined || last === slice.lastRevision ? undefined : last + 1n;
  }
  return { resolved, locales };
}

function localesIn({
  context,
  traits,
}: {
  readonly context?: JsonObject;
  readonly traits?: JsonObject;
}): string[] {
  return [traits?.locale, traits?.language, context?.locale].filter(
    (value): value is string => typeof value === 'string' && value.length <= 35,
  );
}

async function readSlice(eventStore: EventStore, streamName: string, from: bigint): Promise<StreamSlice> {
  try {
    return await eventStore.readStream(streamName, { from, maxCount: eventsAtATime });
  } catch (error) {
    if (error instanceof StreamDeleted) return { exists: false, events: [] };
    throw error;
  }
}
