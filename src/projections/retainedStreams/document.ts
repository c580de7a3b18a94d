import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { RetentionCategory } from '../../domain/retention/categories.js';

export const retainedStreamsCollection: CollectionDefinition = {
  name: 'retainedStreams',
  indexes: [
    ['tenantId', 'category', 'since'],
    ['tenantId', 'subject'],
  ],
};

/** A stream whose events have a period. Id: tenant and name of the stream. Times are epoch milliseconds. */
export interface RetainedStreamDocument extends Document {
  readonly tenantId: string;
  readonly streamName: string;
  readonly category: RetentionCategory;
  /** Whose it is; absent of streams that are about many. */
  readonly subject?: string;
  /** When its first event occurred, of a journey the earliest of its sessions: nothing in it is past its period before this is. */
  readonly since: number;
  /** When its last event occurred; null of a journey, which says itself when it is at its end. */
  until: number | null;
  /** Revision of the journey's last `JourneyTruncated`; null where there is none. */
  keptAt: string | null;
}
