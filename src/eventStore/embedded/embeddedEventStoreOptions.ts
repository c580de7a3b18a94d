import type { TornFrame } from './recovery.js';

export interface EmbeddedEventStoreOptions {
  /** Created if missing. One process at a time. */
  readonly folder: string;
  /** Epoch milliseconds. Decides what `$maxAge` hides, and nothing else. */
  readonly clock: () => number;
  /** Told when a frame cut by a crash, whose events were never acknowledged, was removed. */
  readonly onRepair?: (torn: TornFrame) => void;
}

export interface EventStoreStatistics {
  readonly state: 'ready' | 'failed' | 'closed';
  readonly events: number;
  readonly streams: number;
  readonly frames: number;
  /** Memory of the indexes, without the names of the streams (about 120 bytes each). */
  readonly indexBytes: number;
  readonly pendingBytes: number;
  readonly lastCommitMilliseconds: number;
}
