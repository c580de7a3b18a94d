import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { Actor } from '../../domain/access/events.js';

export const auditEntriesCollection: CollectionDefinition = {
  name: 'auditEntries',
  indexes: [
    ['tenantId', 'sequence'],
    ['tenantId', 'recordedAt'],
    // Before the one by type, so that one type of a person is looked for among all that is about them: an index with both would
    // cost every audited event.
    ['tenantId', 'about', 'recordedAt'],
    ['tenantId', 'type', 'recordedAt'],
  ],
};

/** One audited event, never changed. Id: tenant and position, which order as the events do. */
export interface AuditEntryDocument extends Document {
  readonly tenantId: string;
  /** Place in the tenant's tree: 0, 1, 2 … */
  readonly sequence: number;
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly eventId: string;
  /** Wire name. */
  readonly type: string;
  /** Null where no person with a key did it: Waymark itself, or the person the event is about. */
  readonly actor: Actor | null;
  /** Pseudonyms, each once. */
  readonly subjects: readonly string[];
  /** The first of them, absent where there is none; the further ones have documents of their own. */
  readonly about?: string;
  readonly purpose: string | null;
  /** What was done, where one type stands for several things. */
  readonly action: string | null;
  readonly correlationId: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  readonly recordedAt: number;
  /** Hex, as all hashes. */
  readonly leafHash: string;
  /** Of the complete subtrees that end with this entry, from level 1 up: together the tree. */
  readonly subtrees: readonly string[];
}

export const auditSubjectsCollection: CollectionDefinition = {
  name: 'auditSubjects',
  indexes: [['tenantId', 'subject', 'recordedAt']],
};

/** That an entry is about a person beside its first: few entries are. Id: tenant, position and pseudonym. */
export interface AuditSubjectDocument extends Document {
  readonly tenantId: string;
  readonly subject: string;
  readonly type: string;
  readonly recordedAt: number;
  /** The entry's id. */
  readonly entryId: string;
}

export const auditTreesCollection: CollectionDefinition = { name: 'auditTrees', indexes: [] };

/** Where a tenant's tree goes on. Id: the tenant's id. */
export interface AuditTreeDocument extends Document {
  readonly tenantId: string;
  size: number;
  /** The complete subtrees side by side, the largest first. */
  frontier: readonly string[];
}
