import type { Position } from '../../domain/metadata.js';
import type { EventStore, RecordedEvent } from '../eventStore.js';
import { AppendBatch } from './appendBatch.js';
import { AppendPipeline } from './appendPipeline.js';
import { eventsAfter, isSystemEvent } from './eventsOf.js';
import { placeholderType } from './placeholder.js';

/** An append is kept smaller than it might be: what a crash leaves to be sent again is little then. */
const preferredBytes = 256 * 1024;

export interface EventCopy {
  readonly source: Pick<EventStore, 'readAll'>;
  readonly target: EventStore;
  /** In the source. */
  readonly from: Position | 'start';
  /** Appends on their way at once. */
  readonly parallel: number;
  /** Told of the last event up to which all are durable in the target, and how many came with it. */
  readonly onDurable: (last: RecordedEvent, events: number) => void;
  /** Aborting stops after what is on its way. */
  readonly signal: AbortSignal;
}

/**
 * Copies all events after a position in the order of the log: ids, revisions, types, data and metadata as they are,
 * positions as the target gives them. Sent again after a crash, what is there already is not written twice.
 * @throws CopyConflict, and what the stores throw
 */
export async function copyEvents({
  source,
  target,
  from,
  parallel,
  onDurable,
  signal,
}: EventCopy): Promise<void> {
  const pipeline = new AppendPipeline(target, parallel, onDurable);
  const maxBytes = Math.min(preferredBytes, target.maxAppendBytes);
  let batch: AppendBatch | undefined;
  try {
    for await (const event of eventsAfter(source, from)) {
      if (signal.aborted) break;
      if (isSystemEvent(event) || event.type === placeholderType) continue;
      if (batch?.take(event) === true) continue;
      if (batch !== undefined) await pipeline.send(batch);
      batch = new AppendBatch(event, maxBytes);
    }
    if (batch !== undefined) await pipeline.send(batch);
  } finally {
    await pipeline.finish();
  }
}
