import { canonicalJson } from '../domain/canonicalJson.js';
import type { StoredForm } from '../domain/metadata.js';
import { leafHash } from './merkleTree.js';

interface StoredEvent {
  readonly id: string;
  readonly streamName: string;
  readonly revision: bigint;
}

/**
 * What an audited event's leaf is the hash of: the event as it is stored, sealed values as their sealed text, and where
 * it stands in its stream. The tree itself says in which order events stand. Their positions are left out: they change
 * when the events are copied into another store, and every head that was signed before must fit them there as well.
 * Revisions are text, as they may be larger than JSON's exact numbers. In hex.
 */
export function leafOf({ id, streamName, revision }: StoredEvent, stored: StoredForm): string {
  const { type, data, metadata } = stored;
  const leaf = canonicalJson({ id, type, data, metadata, stream: streamName, revision: `${revision}` });
  return leafHash(leaf).toString('hex');
}
