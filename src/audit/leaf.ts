import { canonicalJson } from '../domain/canonicalJson.js';
import type { Position, StoredForm } from '../domain/metadata.js';
import { formatPosition } from '../eventStore/eventStore.js';
import { leafHash } from './merkleTree.js';

interface StoredEvent {
  readonly id: string;
  readonly streamName: string;
  readonly revision: bigint;
  readonly position: Position;
}

/**
 * What an audited event's leaf is the hash of: the event as it is stored, sealed values as their sealed text, and where
 * it stands. Positions and revisions are text, as they may be larger than JSON's exact numbers.
 */
export function leafOf({ id, streamName, revision, position }: StoredEvent, stored: StoredForm): Buffer {
  const { type, data, metadata } = stored;
  const place = { stream: streamName, revision: `${revision}`, position: formatPosition(position) };
  return leafHash(canonicalJson({ id, type, data, metadata, ...place }));
}
