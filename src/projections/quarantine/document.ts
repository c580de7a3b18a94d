import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';

export const quarantineCollection: CollectionDefinition = {
  name: 'quarantine',
  indexes: [
    ['tenantId', 'rejectedAt'],
    ['tenantId', 'code', 'rejectedAt'],
    ['tenantId', 'status', 'rejectedAt'],
    ['tenantId', 'subject'],
  ],
};

/** `quarantined`: waits. `replayed`: accepted when sent again. `rejected-again`: still not valid. */
export type QuarantineStatus = 'quarantined' | 'replayed' | 'rejected-again';

/** One rejected message. Id: tenant and `quarantineId`. As large as its payload, at most 32 KiB. */
export interface QuarantineDocument extends Document {
  readonly tenantId: string;
  readonly quarantineId: string;
  readonly messageId: string | null;
  /** Whom it names, with whom it goes; absent where it names nobody. */
  readonly subject?: string;
  readonly code: string;
  readonly reason: string;
  /** The message as received, as JSON text. Personal. */
  readonly payload: string;
  readonly source: string | null;
  /** Epoch milliseconds. */
  readonly rejectedAt: number;
  status: QuarantineStatus;
  /** Of the last replay; null until there was one. */
  replayedAt: number | null;
}
