import type { DomainEvent } from '../domain/domainEvent.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted } from '../eventStore/eventStore.js';

const eventsInASlice = 500;

export interface PersonHistory {
  /** The journey the others are linked to: the user's where there is one. */
  readonly subject: string;
  /** All journeys of the person, the main one first. */
  readonly journeys: readonly string[];
}

/**
 * The journeys that belong to one person, by what was recorded up to `until` (epoch milliseconds, inclusive).
 * Reads each of these journeys once. Undefined where nothing was recorded by then.
 */
export async function findHistory(
  eventStore: EventStore,
  tenantId: string,
  subject: string,
  until: number,
): Promise<PersonHistory | undefined> {
  let main = subject;
  let links = await linksOf(eventStore, tenantId, main, until);
  if (!links.exists) return undefined;
  const climbed = new Set([main]);
  while (links.linkedTo !== undefined && !climbed.has(links.linkedTo)) {
    main = links.linkedTo;
    climbed.add(main);
    links = await linksOf(eventStore, tenantId, main, until);
  }

  const journeys = new Set([main]);
  const unread = [...links.linked];
  for (let next = unread.pop(); next !== undefined; next = unread.pop()) {
    if (journeys.has(next)) continue;
    const found = await linksOf(eventStore, tenantId, next, until);
    // The first link holds: a journey that became another person's before this link stays that person's.
    if (found.linkedTo !== undefined && !journeys.has(found.linkedTo)) continue;
    journeys.add(next);
    unread.push(...found.linked);
  }
  return { subject: main, journeys: [...journeys] };
}

interface Links {
  readonly exists: boolean;
  readonly linkedTo: string | undefined;
  readonly linked: readonly string[];
}

async function linksOf(
  eventStore: EventStore,
  tenantId: string,
  subject: string,
  until: number,
): Promise<Links> {
  let exists = false;
  let linkedTo: string | undefined;
  const linked: string[] = [];
  for await (const { event } of readEvents(eventStore, journeyStreamName(tenantId, subject), until)) {
    exists = true;
    if (event.type === 'LinkedToUser') linkedTo ??= event.data.userSubject;
    if (event.type === 'JourneyLinked') linked.push(event.data.linkedSubject);
    if (event.type === 'JourneyTruncated') {
      linkedTo ??= event.data.linkedTo;
      linked.push(...(event.data.journey?.linkedSubjects ?? []));
    }
  }
  return { exists, linkedTo, linked };
}

/**
 * A stream's events recorded up to `until`, in order, a slice of `eventsAtATime` in memory at a time. Nothing for a
 * deleted stream.
 */
export async function* readEvents(
  eventStore: EventStore,
  streamName: string,
  until: number,
  eventsAtATime: number = eventsInASlice,
): AsyncGenerator<Recorded<DomainEvent>, void, undefined> {
  for (let from: bigint | undefined = 0n; from !== undefined; ) {
    const slice = await readSlice(eventStore, streamName, from, eventsAtATime);
    for (const stored of slice?.events ?? []) {
      const recorded = decode(stored);
      if (recorded !== undefined && recorded.metadata.recordedAt <= until) yield recorded;
    }
    const last = slice?.events.at(-1)?.revision;
    from =
      last === undefined || slice?.lastRevision === undefined || last >= slice.lastRevision
        ? undefined
        : last + 1n;
  }
}

async function readSlice(eventStore: EventStore, streamName: string, from: bigint, maxCount: number) {
  try {
    return await eventStore.readStream(streamName, { from, maxCount });
  } catch (error) {
    if (error instanceof StreamDeleted) return undefined;
    throw error;
  }
}
