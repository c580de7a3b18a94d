import { decode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, type StreamSlice } from '../eventStore/eventStore.js';

const eventsAtATime = 500;
/** How far before the struggle the person's time zone is looked for, in events. */
const eventsBefore = 20n;

export interface StruggleContext {
  readonly resolved: boolean;
  /** The latest that an event named in its context; IANA name. */
  readonly timeZone: string | null;
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
  let timeZone: string | null = null;
  let from: bigint | undefined = revision > eventsBefore ? revision - eventsBefore : 0n;
  while (from !== undefined) {
    const slice = await readSlice(eventStore, streamName, from);
    for (const stored of slice.events) {
      const event = decode(stored)?.event;
      if (event?.type === 'StruggleResolved' && event.data.struggleId === struggleId) resolved = true;
      const zone = event !== undefined && 'context' in event.data ? event.data.context?.timezone : undefined;
      if (typeof zone === 'string' && zone.length <= 64) timeZone = zone;
    }
    const last = slice.events.at(-1)?.revision;
    from = last === undefined || last === slice.lastRevision ? undefined : last + 1n;
  }
  return { resolved, timeZone };
}

async function readSlice(eventStore: EventStore, streamName: string, from: bigint): Promise<StreamSlice> {
  try {
    return await eventStore.readStream(streamName, { from, maxCount: eventsAtATime });
  } catch (error) {
    if (error instanceof StreamDeleted) return { exists: false, events: [] };
    throw error;
  }
}
