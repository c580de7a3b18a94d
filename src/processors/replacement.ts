import type { EventReading } from '../eventStore/eventStore.js';
import { EventFeed, isBefore, type Place } from './eventFeed.js';
import type { ProjectionBuild } from './projectionBuild.js';

/** Times that a new build runs after the live one before the live one waits for it. */
const chases = 3;

export interface ReplacementParts {
  readonly eventStore: EventReading;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Where the live build stands; undefined where nothing updates what is served. */
  livePlace(): Place | undefined;
  /** Runs `work` while the live build stands still. */
  whileLiveWaits(work: () => Promise<void>): Promise<void>;
}

/**
 * Builds documents anew from the stored checkpoint of `build` up to where the live build is, which goes on meanwhile,
 * and calls `forgetPast` near the end and `swap` while both stand at the same place or the new one is ahead: what is served never goes back.
 */
export async function buildReplacement(
  build: ProjectionBuild,
  parts: ReplacementParts,
  forgetPast: () => Promise<void>,
  swap: () => Promise<void>,
  onProgress: (progress: number) => void,
): Promise<void> {
  const { eventStore, batchSize, signal } = parts;
  await build.load();
  // Its own, so that batches of long ago do not crowd out those that the live processors share.
  const feed = new EventFeed(eventStore, batchSize);
  const catchUp = async (target: Place) => {
    while (isBefore(build.place, target)) {
      await build.process(await feed.read(build.place, signal));
      onProgress(share(build.place, target));
    }
  };
  const target = async () => parts.livePlace() ?? (await eventStore.head()) ?? 'start';
  try {
    for (let chase = 0; chase < chases; chase++) await catchUp(await target());
    await forgetPast();
    await parts.whileLiveWaits(async () => {
      await catchUp(await target());
      signal.throwIfAborted();
      await build.commit();
      await swap();
    });
  } finally {
    feed.close();
  }
}

function share(place: Place, target: Place): number {
  if (place === 'start' || target === 'start') return 0;
  return Math.min(1, Number(place.commit) / Math.max(1, Number(target.commit)));
}
