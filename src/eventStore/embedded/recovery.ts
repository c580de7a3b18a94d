import type { EventLogDamaged } from '../eventStore.js';
import { Frame, frameDamaged, inspectFrame } from './frame.js';
import type { FrameLog } from './frameLog.js';
import type { LogIndex } from './logIndex.js';
import { metadataType, tombstoneType } from './streamMetadata.js';

/** A frame that was cut while it was written, before anyone was told that its events are stored. */
export interface TornFrame {
  readonly firstSequence: number;
  readonly bytes: number;
}

/**
 * Checks every frame and rebuilds the index. A last frame that is shorter than it should be was never acknowledged:
 * it is removed and returned.
 * @throws EventLogDamaged for anything else that is wrong, having changed nothing
 */
export async function recover(log: FrameLog, index: LogIndex): Promise<TornFrame | undefined> {
  const keys = log.firstSequences();
  for (const [place, firstSequence] of keys.entries()) {
    const { bytes, length } = log.read(firstSequence);
    const state = inspectFrame(bytes, length, firstSequence);
    if (state.is === 'torn') {
      if (place !== keys.length - 1) throw frameDamaged(firstSequence, 'it is cut short');
      if (firstSequence !== index.frames.lastSequence + 1) throw missingBefore(index, firstSequence);
      await log.remove(firstSequence);
      return { firstSequence, bytes: length };
    }
    if (state.is === 'damaged') throw frameDamaged(firstSequence, state.reason);
    addFrame(index, new Frame(bytes));
  }
  return undefined;
}

function addFrame(index: LogIndex, frame: Frame): void {
  const { firstSequence, eventCount } = frame;
  if (firstSequence !== index.frames.lastSequence + 1) throw missingBefore(index, firstSequence);
  const streams = Array.from({ length: frame.streamCount }, (_, place) =>
    index.streams.numberFor(frame.streamName(place)),
  );
  const ruling = Array.from({ length: frame.typeCount }, (_, place) => {
    const type = frame.typeName(place);
    return type === metadataType || type === tombstoneType;
  });
  const anyRuling = ruling.includes(true);
  for (let event = 0; event < eventCount; event += 1) {
    const stream = streams[frame.localStreamOf(event)] ?? 0;
    if (frame.revisionOf(event) !== index.streams.count(stream)) {
      throw frameDamaged(firstSequence, 'it does not continue its streams where they ended');
    }
    index.streams.restore(stream, firstSequence + event);
    if (anyRuling && ruling[frame.localTypeOf(event)]) settleRule(index, frame, event);
  }
  index.frames.append(eventCount, frame.recordedAt);
}

function settleRule(index: LogIndex, frame: Frame, event: number): void {
  const streamName = frame.streamName(frame.localStreamOf(event));
  const ruled = index.ruleOf(streamName, frame.typeName(frame.localTypeOf(event)), frame.textOf(event));
  if (ruled !== undefined) index.rules.settle(ruled.stream, ruled.rule);
}

/** Reads every frame up to the present end again. @throws EventLogDamaged */
export async function verifyFrames(
  log: FrameLog,
  index: LogIndex,
): Promise<{ frames: number; events: number }> {
  const lastSequence = index.frames.lastSequence;
  let frames = 0;
  for (let next = 1; next <= lastSequence; ) {
    const { bytes, length } = log.read(next);
    const state = inspectFrame(bytes, length, next);
    if (state.is !== 'whole')
      throw frameDamaged(next, state.is === 'torn' ? 'it is cut short' : state.reason);
    next += new Frame(bytes).eventCount;
    frames += 1;
    // Others get their turn between frames.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { frames, events: lastSequence };
}

function missingBefore(index: LogIndex, firstSequence: number): EventLogDamaged {
  return frameDamaged(
    firstSequence,
    `the events from ${index.frames.lastSequence + 1} on are missing before it`,
  );
}
