import { type EventData, type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore.js';
import type { AppendBatch } from './appendBatch.js';
import { placeholder } from './placeholder.js';

/** The other store holds something that was not copied there. */
export class CopyConflict extends Error {
  override readonly name = 'CopyConflict';

  constructor() {
    super(
      'The target holds events that are not in the source: copy into a store of its own, and let nobody write to it',
    );
  }
}

const placeholdersAtATime = 500;

/** Appends a batch where it stood in the source. What of it is there already, from an earlier run, is not written again. */
export async function copyAppend(target: EventStore, batch: AppendBatch): Promise<void> {
  const { streamName, firstRevision, events } = batch;
  const data = events.map(dataOf);
  try {
    await target.appendToStream(streamName, data, before(firstRevision));
  } catch (error) {
    // Closed for ever by an earlier run, which had copied all of it before.
    if (error instanceof StreamDeleted) return;
    if (!(error instanceof WrongExpectedRevision)) throw error;
    await appendMissing(target, batch, error.actual);
  }
}

/** An earlier run may have divided the events otherwise, so that the first ones of the batch are there alone. */
async function appendMissing(
  target: EventStore,
  { streamName, firstRevision, events }: AppendBatch,
  actual: bigint | undefined,
): Promise<void> {
  const present = actual === undefined ? 0 : Number(actual - firstRevision) + 1;
  if (present <= 0 || present >= events.length) throw new CopyConflict();
  const there = await target.readStream(streamName, { from: firstRevision, maxCount: present });
  if (there.events.some(({ id }, place) => id !== events[place]?.id)) throw new CopyConflict();
  await target.appendToStream(
    streamName,
    events.slice(present).map(dataOf),
    before(firstRevision + BigInt(present)),
  );
}

/** Fills up a stream whose first events, or some in between, were scavenged in the source. */
export async function fillGap(
  target: EventStore,
  streamName: string,
  from: bigint,
  to: bigint,
): Promise<void> {
  for (let next = from; next < to; ) {
    const count = Math.min(placeholdersAtATime, Number(to - next));
    const events = Array.from({ length: count }, (_, place) => placeholder(streamName, next + BigInt(place)));
    await target.appendToStream(streamName, events, before(next));
    next += BigInt(count);
  }
}

/** Revision that the next event to come should have: one more than the last one's; 0 where there is none. */
export async function nextRevisionOf(target: EventStore, streamName: string): Promise<bigint | 'closed'> {
  try {
    const { exists, lastRevision } = await target.readStream(streamName, {
      direction: 'backwards',
      maxCount: 1,
    });
    // A soft-deleted stream does not say how far it went, but it was copied before it was deleted.
    if (!exists)
      return (await target.getStreamMetadata(streamName)).truncateBefore === undefined ? 0n : 'closed';
    return (lastRevision ?? -1n) + 1n;
  } catch (error) {
    if (error instanceof StreamDeleted) return 'closed';
    throw error;
  }
}

function before(revision: bigint): bigint | 'noStream' {
  return revision === 0n ? 'noStream' : revision - 1n;
}

function dataOf({ id, type, data, metadata }: EventData): EventData {
  return { id, type, data, metadata };
}
