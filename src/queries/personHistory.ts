import type { DomainEvent } from '../domain/domainEvent.js';
import type { IdentityKind } from '../domain/journey/events.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { StreamDeleted } from '../eventStore/eventStore.js';
import type { ShownEvents } from './presentEvents.js';

const eventsInASlice = 500;

type PersonStreams = Pick<ShownEvents, 'readStream'>;

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
  eventStore: PersonStreams,
  tenantId: string,
  subject: string,
  until: number,
): Promise<PersonHistory | undefined> {
  let main = subject;
  let links = await linksOf(eventStore, tenantId, main, until);
  if (!links.exists) return undefined;
  const climbed = new Set([main]);
  while (links.linkedTo !== undefined && !climbed.has(links.linkedTo)) {
    const above = await linksOf(eventStore, tenantId, links.linkedTo, until);
    // Erased, or not there yet: whom it was joined to has nothing that would belong here.
    if (!above.exists) break;
    main = links.linkedTo;
    climbed.add(main);
    links = above;
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

/**
 * The journeys that go with a person when they are erased: their own and the anonymous ones that became theirs first. Never
 * another user's: an alias says that two users are one, and anybody who may send events can say so.
 * @param candidates journeys that are said to be linked to this one, beside those that its own events name
 *
 * What was theirs before retention ended it goes as well, since its removed events can still be there under its key; also
 * where another person has taken the same device over since.
 */
export async function journeysThatGo(
  eventStore: PersonStreams,
  tenantId: string,
  subject: string,
  candidates: readonly string[],
): Promise<readonly string[]> {
  const own = await linksOf(eventStore, tenantId, subject, Number.POSITIVE_INFINITY);
  const journeys = [subject];
  if (own.kind === 'anonymous') return journeys;
  for (const candidate of new Set([...candidates, ...own.linked, ...own.former])) {
    const { kind, linkedTo, former } = await linksOf(
      eventStore,
      tenantId,
      candidate,
      Number.POSITIVE_INFINITY,
    );
    if (kind === 'anonymous' && (linkedTo === subject || former.has(subject))) journeys.push(candidate);
  }
  return journeys;
}

interface Links {
  readonly exists: boolean;
  /** Undefined where nothing is recorded. */
  readonly kind: IdentityKind | undefined;
  /** The first, which holds. */
  readonly linkedTo: string | undefined;
  readonly linked: readonly string[];
  /** Linked, in either direction, when the journey came to its end before. */
  readonly former: ReadonlySet<string>;
}

async function linksOf(
  eventStore: PersonStreams,
  tenantId: string,
  subject: string,
  until: number,
): Promise<Links> {
  let exists = false;
  let kind: IdentityKind | undefined;
  let linkedTo: string | undefined;
  let linked: string[] = [];
  const former = new Set<string>();
  for await (const { event } of readEvents(eventStore, journeyStreamName(tenantId, subject), until)) {
    exists = true;
    if (event.type === 'JourneyStarted') kind ??= event.data.kind;
    if (event.type === 'LinkedToUser') linkedTo ??= event.data.userSubject;
    if (event.type === 'JourneyLinked') linked.push(event.data.linkedSubject);
    if (event.type === 'JourneyTruncated') {
      const { journey, former: ended } = event.data;
      kind ??= journey?.kind ?? ended?.kind;
      for (const subject of ended?.subjects ?? []) former.add(subject);
      linkedTo = journey === null ? undefined : (linkedTo ?? event.data.linkedTo);
      linked = journey === null ? [] : [...linked, ...journey.linkedSubjects];
    }
  }
  return { exists, kind, linkedTo, linked, former };
}

/**
 * A stream's events recorded up to `until`, in order, a slice of `eventsAtATime` in memory at a time. Nothing for a
 * deleted stream.
 */
export async function* readEvents(
  eventStore: PersonStreams,
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

async function readSlice(eventStore: PersonStreams, streamName: string, from: bigint, maxCount: number) {
  try {
    return await eventStore.readStream(streamName, { from, maxCount });
  } catch (error) {
    if (error instanceof StreamDeleted) return undefined;
    throw error;
  }
}
