import { isDeepStrictEqual } from 'node:util';
import { type EventStore, StreamDeleted, type StreamMetadata } from '../eventStore.js';

const atATime = 16;
/** As `$tb` says of a soft-deleted stream. */
const allOfIt = 2n ** 63n - 1n;

/**
 * Makes deletions, tombstones and metadata of streams the same in the target as they are in the source.
 * @returns how many streams were changed
 */
export async function copyRules(
  source: EventStore,
  target: EventStore,
  streamNames: Iterable<string>,
): Promise<number> {
  let changed = 0;
  const names = [...streamNames];
  for (let next = 0; next < names.length; next += atATime) {
    const together = names.slice(next, next + atATime).map((name) => copyRule(source, target, name));
    for (const isChanged of await Promise.all(together)) changed += isChanged ? 1 : 0;
  }
  return changed;
}

async function copyRule(source: EventStore, target: EventStore, name: string): Promise<boolean> {
  const wanted = await ruleOf(source, name);
  if (isDeepStrictEqual(await ruleOf(target, name), wanted)) return false;
  if (wanted === 'tombstoned') await target.tombstoneStream(name, 'any');
  else if (wanted.truncateBefore === allOfIt) await target.deleteStream(name, 'any');
  else await target.setStreamMetadata(name, wanted);
  if (isDeepStrictEqual(await ruleOf(target, name), wanted)) return true;
  throw new Error('The target did not take over the deletion or the metadata of a stream');
}

async function ruleOf(store: EventStore, name: string): Promise<'tombstoned' | StreamMetadata> {
  try {
    const { events, lastRevision } = await store.readStream(name, { maxCount: 1 });
    const metadata = await store.getStreamMetadata(name);
    if (metadata.maxAge === undefined && metadata.maxCount === undefined) return metadata;
    // The age of an event counts from its copying: what was too old to be read must not come back by that.
    const first = events[0]?.revision ?? (lastRevision === undefined ? 0n : lastRevision + 1n);
    return first === 0n ? metadata : { ...metadata, truncateBefore: first };
  } catch (error) {
    if (error instanceof StreamDeleted) return 'tombstoned';
    throw error;
  }
}
