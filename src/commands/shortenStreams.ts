import { journeyStreamName } from '../domain/journey/streamName.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { type JourneyFacts, readExpiredPrefix } from './expiredPrefix.js';
import type { JourneySnapshots } from './journeySnapshots.js';
import type { Journeys } from './journeys.js';

export interface Shortened {
  /** Events that can no longer be read. */
  readonly events: number;
  /** Whether nothing is left of the stream. */
  readonly ended: boolean;
}

/** All times are epoch milliseconds; `cutoff`: what occurred before it is past its period. */
export interface ShortenStreams {
  /**
   * Removes the beginning of a journey up to the first event that is still within its period. Whose the journey is, and
   * what is linked to it, is told once more in the journey first; where nothing else is left, only under which pseudonyms
   * more of the person may stand in the log.
   * @param keptAt revision at which that was last told
   */
  journey(
    journey: { readonly tenantId: string; readonly subject: string; readonly keptAt: bigint | undefined },
    cutoff: number,
  ): Promise<Shortened>;
  /** Deletes a stream all of whose events are past their period. */
  whole(streamName: string, cutoff: number): Promise<Shortened>;
  /** Removes the beginning of a stream of independent events; where all of them are past their period, the stream. */
  log(streamName: string, cutoff: number): Promise<Shortened>;
}

export interface ShortenDependencies {
  readonly eventStore: EventStore;
  readonly journeys: Pick<Journeys, 'execute'>;
  readonly snapshots: Pick<JourneySnapshots, 'remove'>;
  readonly newId: () => string;
  readonly now: () => number;
}

const nothing: Shortened = { events: 0, ended: false };

/**
 * All of it can be repeated: what was removed before is not found again. The journey is told first and truncated then, so
 * that a crash between the two costs one event more, never what the journey must not forget.
 */
export function createShortenStreams({
  eventStore,
  journeys,
  snapshots,
  newId,
  now,
}: ShortenDependencies): ShortenStreams {
  return {
    journey: ({ tenantId, subject, keptAt }, cutoff) =>
      unlessChanged(async () => {
        const streamName = journeyStreamName(tenantId, subject);
        const { facts, expired, before, isAll } = await readExpiredPrefix(eventStore, streamName, cutoff);
        const ended =
          isAll && facts !== undefined && facts.toldAt < cutoff && !(await anyLeft(tenantId, facts.linked));
        if (!ended && expired === 0) return nothing;
        let first = before;
        if (keptAt === undefined || keptAt < before) {
          if (facts === undefined || !(await tell(tenantId, subject, facts, ended, cutoff))) return nothing;
          // Only where nothing came after it: otherwise the next round finds what is left.
          if (ended) first = (await revisionOfTruncation(streamName)) ?? before;
        }
        await eventStore.setStreamMetadata(streamName, { truncateBefore: first });
        await snapshots.remove([streamName]);
        return { events: expired, ended };
      }),
    whole: (streamName, cutoff) =>
      unlessChanged(async () => {
        const { expired, isAll, before } = await readExpiredPrefix(eventStore, streamName, cutoff);
        if (!isAll || expired === 0) return nothing;
        await eventStore.deleteStream(streamName, before - 1n);
        return { events: expired, ended: true };
      }),
    log: (streamName, cutoff) =>
      unlessChanged(async () => {
        const { expired, isAll, before } = await readExpiredPrefix(eventStore, streamName, cutoff);
        if (expired === 0) return nothing;
        if (isAll) await eventStore.deleteStream(streamName, before - 1n);
        else await eventStore.setStreamMetadata(streamName, { truncateBefore: before });
        return { events: expired, ended: isAll };
      }),
  };

  async function tell(
    tenantId: string,
    subject: string,
    { kind, identity, startedAt }: JourneyFacts,
    isAll: boolean,
    cutoff: number,
  ): Promise<boolean> {
    const at = now();
    const kept = { kind, identity, startedAt };
    const command = { type: 'TruncateJourney', kept, isAll, cutoff, now: at } as const;
    const cause = { correlationId: newId(), recordedAt: at };
    const { changed } = await journeys.execute(tenantId, subject, [command], cause);
    return changed[0] === true;
  }

  /** Whether one of these journeys has anything left: as long as it has, the person it belongs to has to be findable. */
  async function anyLeft(tenantId: string, subjects: ReadonlySet<string>): Promise<boolean> {
    for (const subject of subjects) {
      const streamName = journeyStreamName(tenantId, subject);
      const left = await unlessChanged(async () => {
        const { exists, events } = await eventStore.readStream(streamName, {
          direction: 'backwards',
          maxCount: 1,
        });
        const [last] = events;
        const event = last && decode(last)?.event;
        const isAtEnd = event?.type === 'JourneyTruncated' && event.data.journey === null;
        return { events: exists && !isAtEnd ? 1 : 0, ended: isAtEnd };
      });
      if (left.events > 0) return true;
    }
    return false;
  }

  async function revisionOfTruncation(streamName: string): Promise<bigint | undefined> {
    const { events } = await eventStore.readStream(streamName, { direction: 'backwards', maxCount: 1 });
    const [last] = events;
    return last !== undefined && decode(last)?.event.type === 'JourneyTruncated' ? last.revision : undefined;
  }
}

/** What was erased meanwhile has nothing left to remove; what was written to meanwhile is for the next round. */
async function unlessChanged(work: () => Promise<Shortened>): Promise<Shortened> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StreamDeleted || error instanceof WrongExpectedRevision) return nothing;
    throw error;
  }
}
