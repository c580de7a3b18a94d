import type { DomainEvent } from '../domain/domainEvent.js';
import type { IdentityKind } from '../domain/journey/events.js';
import type { Recorded } from '../domain/metadata.js';
import { categoryOf } from '../domain/retention/eventCategories.js';
import { decode } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';

/** Whose a journey is, and what was linked to it, by the events that were read. */
export interface JourneyFacts {
  readonly kind: IdentityKind;
  /** Sealed. */
  readonly identity: string;
  readonly startedAt: number;
  /** When the last of these facts was told first; epoch milliseconds. */
  readonly toldAt: number;
  readonly linked: ReadonlySet<string>;
}

export interface ExpiredPrefix {
  /** Events of a period in it. */
  readonly expired: number;
  /** The first revision behind it. */
  readonly before: bigint;
  /** Whether the stream ends there. */
  readonly isAll: boolean;
  /** Of a journey whose beginning was read. */
  readonly facts: JourneyFacts | undefined;
}

const eventsAtATime = 500;

/**
 * The events at a stream's beginning that occurred before `cutoff` (epoch milliseconds), with the facts of a journey among
 * them. An event that arrived late ends it only until it is past its period itself.
 */
export async function readExpiredPrefix(
  eventStore: Pick<EventStore, 'readStream'>,
  streamName: string,
  cutoff: number,
): Promise<ExpiredPrefix> {
  let expired = 0;
  let before = 0n;
  let facts: JourneyFacts | undefined;
  for (;;) {
    const page = await eventStore.readStream(streamName, { from: before, maxCount: eventsAtATime });
    for (const stored of page.events) {
      const recorded = decode(stored);
      // What this version does not know it does not remove.
      if (recorded === undefined) return { expired, before: stored.revision, isAll: false, facts };
      const category = categoryOf[recorded.event.type];
      if (category !== 'journey') {
        const isPast = category !== 'record' && recorded.metadata.occurredAt < cutoff;
        if (!isPast) return { expired, before: stored.revision, isAll: false, facts };
        expired += 1;
      } else facts = withFact(facts, recorded);
      before = stored.revision + 1n;
    }
    if (page.lastRevision === undefined || page.events.length === 0 || before > page.lastRevision)
      return { expired, before, isAll: true, facts };
  }
}

function withFact(
  known: JourneyFacts | undefined,
  { event, metadata: { occurredAt } }: Recorded<DomainEvent>,
): JourneyFacts | undefined {
  switch (event.type) {
    case 'JourneyStarted': {
      const { kind, identity } = event.data;
      return {
        kind,
        identity,
        startedAt: occurredAt,
        toldAt: occurredAt,
        linked: known?.linked ?? new Set(),
      };
    }
    case 'JourneyTruncated': {
      const { journey } = event.data;
      if (journey === null) return undefined;
      const { kind, identity, startedAt, linkedSubjects } = journey;
      const toldAt = known?.toldAt ?? startedAt;
      return { kind, identity, startedAt, toldAt, linked: new Set(linkedSubjects) };
    }
    case 'JourneyLinked':
      return (
        known && {
          ...known,
          toldAt: later(known, occurredAt),
          linked: new Set(known.linked).add(event.data.linkedSubject),
        }
      );
    case 'LinkedToUser':
      return known && { ...known, toldAt: later(known, occurredAt) };
    default:
      return known;
  }
}

function later({ toldAt }: JourneyFacts, at: number): number {
  return Math.max(toldAt, at);
}
