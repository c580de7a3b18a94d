import {
  type AppendResult,
  AppendTooLarge,
  type EventData,
  type EventStore,
} from '../eventStore/eventStore.js';

/**
 * Appends events that may be more than one append takes, in order. When a later part fails the earlier ones stand: whoever
 * sends the messages again has the stored ones answered as duplicates.
 */
export async function appendInChunks(
  eventStore: EventStore,
  streamName: string,
  events: readonly EventData[],
  expected: 'noStream' | bigint,
): Promise<AppendResult> {
  try {
    return await eventStore.appendToStream(streamName, events, expected);
  } catch (error) {
    if (!(error instanceof AppendTooLarge) || events.length === 1) throw error;
  }
  const half = events.length >> 1;
  const { revision } = await appendInChunks(eventStore, streamName, events.slice(0, half), expected);
  return appendInChunks(eventStore, streamName, events.slice(half), revision);
}
