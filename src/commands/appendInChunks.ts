import {
  type AppendResult,
  AppendTooLarge,
  type EventData,
  type EventStore,
} from '../eventStore/eventStore.js';

/**
 * Appends groups of events that may be more than one append takes, in order; a group is never divided, so that what was
 * concluded from an event is stored with it or not at all. When a later part fails the earlier ones stand: whoever sends
 * the messages again has the stored ones answered as duplicates.
 */
export function appendInChunks(
  eventStore: EventStore,
  streamName: string,
  groups: readonly (readonly EventData[])[],
  expected: 'noStream' | bigint,
): Promise<AppendResult> {
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return eventStore.appendToStream(streamName, only, expected);
  return eventStore.appendToStream(streamName, groups.flat(), expected).catch((error: unknown) => {
    if (!(error instanceof AppendTooLarge)) throw error;
    return appendHalves(eventStore, streamName, groups, expected);
  });
}

async function appendHalves(
  eventStore: EventStore,
  streamName: string,
  groups: readonly (readonly EventData[])[],
  expected: 'noStream' | bigint,
): Promise<AppendResult> {
  const half = groups.length >> 1;
  const { revision } = await appendInChunks(eventStore, streamName, groups.slice(0, half), expected);
  return appendInChunks(eventStore, streamName, groups.slice(half), revision);
}
