import { setImmediate } from 'node:timers/promises';
import type { BreachScope } from '../domain/breach/events.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { subjectOfJourney } from '../domain/journey/streamName.js';
import type { Position, Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { documentId } from '../projections/documentId.js';
import { isForwarded, profilesCollection, type StoredProfile } from '../projections/profiles/document.js';
import type { DocumentReader } from './documentReader.js';
import type { ShownEvents } from './presentEvents.js';

const eventsAtATime = 1000;

export interface Affected {
  /** Pseudonyms that were not among those before. */
  readonly subjects: readonly string[];
  /** Events in the scope, so far. */
  readonly records: number;
}

/**
 * The persons of a tenant with an event in the scope, as they are found on a walk through the whole log, each once; a page of
 * the log at a time, and everybody else's work in between. Holds their pseudonyms in memory, some 100 bytes each.
 * A visitor who turned out to be a user counts as that user from then on.
 */
export async function* affectedPersons(
  eventStore: ShownEvents,
  tenantId: string,
  scope: BreachScope,
): AsyncGenerator<Affected, void, undefined> {
  const seen = new Set<string>();
  const isIn = inScope(scope);
  let records = 0;
  let from: Position | 'start' = 'start';
  for (;;) {
    const slice = await eventStore.readAll({ from, maxCount: eventsAtATime });
    const subjects: string[] = [];
    for (const stored of slice.events) {
      const recorded = decode(stored);
      if (recorded === undefined || recorded.metadata.tenantId !== tenantId) continue;
      const journey = subjectOfJourney(recorded.streamName);
      if (journey === undefined || !isIn(recorded, journey)) continue;
      records += 1;
      const subject = ownerIn(recorded.event) ?? journey;
      if (seen.has(subject)) continue;
      seen.add(subject);
      subjects.push(subject);
    }
    if (subjects.length > 0 || slice.atEnd) yield { subjects, records };
    if (slice.atEnd || slice.next === undefined) return;
    from = slice.next;
    await setImmediate();
  }
}

/** The ids that a person is known by, sealed; null where there is none, or no profile any more. */
export interface SealedIdentity {
  readonly subject: string;
  readonly userId: string | null;
  readonly anonymousId: string | null;
}

export async function identitiesOf(
  documents: DocumentReader,
  tenantId: string,
  subjects: readonly string[],
): Promise<SealedIdentity[]> {
  const idsOf = (names: readonly string[]) => names.map((subject) => documentId(tenantId, subject));
  const found = await documents.getMany<StoredProfile>(profilesCollection.name, idsOf(subjects));
  const owners = subjects.map((subject, at) => {
    const profile = found[at];
    return profile !== undefined && isForwarded(profile) ? profile.linkedTo : subject;
  });
  const profiles = await documents.getMany<StoredProfile>(profilesCollection.name, idsOf(owners));
  return subjects.map((subject, at) => {
    const profile = profiles[at];
    const known = profile === undefined || isForwarded(profile) ? undefined : profile;
    return { subject, userId: known?.userId ?? null, anonymousId: known?.anonymousId ?? null };
  });
}

function ownerIn(event: DomainEvent): string | undefined {
  return 'linkedTo' in event.data ? event.data.linkedTo : undefined;
}

function inScope({ from, to, eventTypes, features, journeys }: BreachScope) {
  const types = new Set(eventTypes);
  const named = new Set(features);
  const streams = new Set(journeys);
  return ({ event, metadata }: Recorded<DomainEvent>, journey: string): boolean => {
    const { occurredAt } = metadata;
    if ((from !== null && occurredAt < from) || (to !== null && occurredAt >= to)) return false;
    if (types.size > 0 && !types.has(event.type)) return false;
    if (named.size > 0 && !named.has(featureOf(event) ?? '')) return false;
    const owner = ownerIn(event);
    return streams.size === 0 || streams.has(journey) || (owner !== undefined && streams.has(owner));
  };
}

function featureOf({ data }: DomainEvent): string | undefined {
  if ('featureId' in data) return data.featureId ?? undefined;
  return 'interaction' in data ? data.interaction?.featureId : undefined;
}
