import type { DomainEvent } from '../domain/domainEvent.js';
import type { JourneyEvent } from '../domain/journey/events.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { JsonObject } from '../domain/json.js';
import { comparePositions, type Recorded } from '../domain/metadata.js';
import { formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { isoTime } from './models/fields.js';
import { isJourneyEventType, type JourneyEventModel, originOf } from './models/journeyEvent.js';
import type { Page, PageCursor, PageRequest } from './page.js';
import type { Period } from './period.js';
import type { PersonView } from './person.js';
import { readEvents } from './personHistory.js';
import type { QueryPorts } from './view.js';

export interface JourneyFilter extends Period {
  readonly type?: JourneyEvent['type'] | undefined;
}

type Entry = Recorded<DomainEvent>;

/**
 * The person's events over all their journeys, by when they occurred, then by position. A journey is stored in the
 * order of recording, so each page looks through all of it, and holds no more than the page in memory.
 */
export async function readJourney(
  { eventStore }: Pick<QueryPorts, 'eventStore'>,
  person: PersonView,
  filter: JourneyFilter,
  { limit, after }: PageRequest,
): Promise<Page<JourneyEventModel>> {
  const earliest = new EarliestEntries(limit + 1);
  for (const subject of person.subjects) {
    const stream = journeyStreamName(person.tenantId, subject);
    for await (const recorded of readEvents(eventStore, stream, person.recordedUntil)) {
      if (isWanted(recorded, filter) && isAfter(recorded, after)) earliest.add(recorded);
    }
  }
  const found = earliest.inOrder();
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toModel),
    ...(found.length > limit &&
      last !== undefined && {
        next: { value: last.metadata.occurredAt, id: formatPosition(last.position) },
      }),
  };
}

function isWanted({ event, metadata }: Entry, { from, to, type }: JourneyFilter): boolean {
  return (
    isJourneyEventType(event.type) &&
    (type === undefined || event.type === type) &&
    (from === undefined || metadata.occurredAt >= from) &&
    (to === undefined || metadata.occurredAt < to)
  );
}

function isAfter({ metadata, position }: Entry, after: PageCursor | undefined): boolean {
  if (after === undefined) return true;
  if (metadata.occurredAt !== after.value) return metadata.occurredAt > Number(after.value);
  const seen = parsePosition(after.id);
  return seen !== undefined && comparePositions(position, seen) > 0;
}

function byOccurrence(a: Entry, b: Entry): number {
  return a.metadata.occurredAt - b.metadata.occurredAt || comparePositions(a.position, b.position);
}

/** Keeps the `size` earliest of what is added: trims now and then, so that it never holds more than twice as many. */
class EarliestEntries {
  #kept: Entry[] = [];

  constructor(readonly size: number) {}

  add(entry: Entry): void {
    this.#kept.push(entry);
    if (this.#kept.length >= 2 * this.size) this.#trim();
  }

  inOrder(): readonly Entry[] {
    this.#trim();
    return this.#kept;
  }

  #trim(): void {
    this.#kept = this.#kept.sort(byOccurrence).slice(0, this.size);
  }
}

function toModel({ id, event, metadata, position }: Entry): JourneyEventModel {
  // `isWanted` let nothing else pass.
  if (!isJourneyEventType(event.type)) throw new Error('this event stands outside a journey');
  return {
    id,
    type: event.type,
    origin: originOf(event.type),
    occurredAt: isoTime(metadata.occurredAt),
    recordedAt: isoTime(metadata.recordedAt),
    position: formatPosition(position),
    messageId: metadata.messageId,
    causationId: metadata.causationId,
    source: metadata.source ?? null,
    data: withIsoTimes(event.data),
  };
}

/** The times that sessions name, as clients see times everywhere. */
export function withIsoTimes(data: DomainEvent['data']): JsonObject {
  // Events are stored as JSON, so their data is nothing else.
  const shown: JsonObject = { ...(data as unknown as JsonObject) };
  for (const field of ['startedAt', 'endedAt']) {
    const at = shown[field];
    if (typeof at === 'number') shown[field] = isoTime(at);
  }
  return shown;
}
