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
export async function appendInChunks(
  eventStore: EventStore,
  streamName: string,
  groups: readonly (readonly EventData[])[],
  expected: 'noStream' | bigint,
): Promise<AppendResult> {
  try {
    return await eventStore.appendToStream(streamName, groups.flat(), expected);
  } catch (error) {
    if (!(error instanceof AppendTooLarge) || groups.length === 1) throw error;
  }
  const half = groups.length >> 1;
  const { revision } = await appendInChunks(eventStore, streamName, groups.slice(0, half), expected);
  return appendInChunks(eventStore, streamName, groups.slice(half), revision);
}
