import { analysisStreamName } from '../domain/analysis/streamName.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import { type EventStore, StreamDeleted } from '../eventStore/eventStore.js';
import type { KeyStore } from '../keyStore/keyStore.js';
import { atATime } from './atATime.js';

/** Where something of persons can be, beside their keys, and how it goes. */
export interface PersonTraces {
  readonly eventStore: EventStore;
  /** Resolves when nothing under way records anything about these persons any more, and read models know all that was. */
  readonly settled: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  /** The streams about these persons beside their journeys: their interventions. Asked before anything is purged. */
  readonly streamsAbout: (tenantId: string, subjects: readonly string[]) => Promise<readonly string[]>;
  /** Removes documents, snapshots and parked events; resolves when none is left. */
  readonly purge: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  /** Those of the subjects that documents still name. */
  readonly remaining: (tenantId: string, subjects: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** What was looked at after everything was done, and what came of it. */
export type Verified = { readonly check: string; readonly holds: boolean };

/** Streams deleted, or looked at for one person each, at the same time. */
const streamsAtATime = 64;

/** What is left of persons whose keys are destroyed: documents and streams. Repeatable. */
export async function removeTraces(
  { eventStore, settled, streamsAbout, purge }: Omit<PersonTraces, 'remaining'>,
  tenantId: string,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  await settled(tenantId, subjects);
  const about = await streamsAbout(tenantId, subjects);
  const streams = [...about, ...ownStreams(tenantId, subjects)];
  // First the streams, so that nothing is recorded any more that would make a document anew.
  const limited = atATime(streamsAtATime);
  await Promise.all(
    streams.map((streamName) =>
      limited(async () => {
        if (!(await isDeleted(eventStore, streamName))) await eventStore.tombstoneStream(streamName, 'any');
      }),
    ),
  );
  await purge(tenantId, subjects);
}

/** Whether anything of these persons is left, or came back; of each person in turn. */
export async function verifyErased(
  {
    eventStore,
    keyStore,
    remaining,
  }: Pick<PersonTraces, 'eventStore' | 'remaining'> & {
    readonly keyStore: Pick<KeyStore, 'find'>;
  },
  tenantId: string,
  persons: readonly (readonly string[])[],
): Promise<Verified[][]> {
  const named = await remaining(tenantId, [...new Set(persons.flat())]);
  const limited = atATime(streamsAtATime);
  return Promise.all(
    persons.map((subjects) =>
      limited(async () => {
        const keys = await Promise.all(subjects.map((subject) => keyStore.find(tenantId, subject)));
        const streams = await Promise.all(
          ownStreams(tenantId, subjects).map((streamName) => isDeleted(eventStore, streamName)),
        );
        return [
          { check: 'every key is destroyed', holds: keys.every((key) => key?.is === 'destroyed') },
          { check: 'every journey and every analysis of it is deleted', holds: streams.every(Boolean) },
          { check: 'no read model names the person', holds: !subjects.some((subject) => named.has(subject)) },
        ];
      }),
    ),
  );
}

/** Streams whose names follow from whose they are. */
function ownStreams(tenantId: string, subjects: readonly string[]): string[] {
  return subjects.flatMap((subject) => [
    journeyStreamName(tenantId, subject),
    analysisStreamName(tenantId, subject),
  ]);
}

async function isDeleted(eventStore: EventStore, streamName: string): Promise<boolean> {
  try {
    const { exists } = await eventStore.readStream(streamName, { direction: 'backwards', maxCount: 1 });
    return !exists;
  } catch (error) {
    if (error instanceof StreamDeleted) return true;
    throw error;
  }
}
