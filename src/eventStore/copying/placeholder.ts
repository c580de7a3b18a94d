import { createHash } from 'node:crypto';
import type { EventData } from '../eventStore.js';

/** No event of ours: readers pass over it, as over each type they do not know. */
export const placeholderType = 'removed.v1';

/**
 * Stands where a scavenged event stood, so that the events behind it keep their revisions. The same each time it is made,
 * as events sent again must have their ids again.
 */
export function placeholder(streamName: string, revision: bigint): EventData {
  const hash = createHash('sha256').update(`${revision}@${streamName}`).digest('hex');
  const id = hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
  return { id, type: placeholderType, data: {}, metadata: {} };
}
