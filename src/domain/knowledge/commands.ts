import type { KnowledgeContent } from './events.js';

export type KnowledgeCommand = PutKnowledgeDocument | RemoveKnowledgeDocument;

interface Change {
  readonly documentId: string;
  /** The version that was read before, 0 where there was no document: nobody overwrites what they have not seen. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Id of a key. */
  readonly by: string;
}

export interface PutKnowledgeDocument {
  readonly type: 'PutKnowledgeDocument';
  readonly data: Change & { readonly content: KnowledgeContent };
}

export interface RemoveKnowledgeDocument {
  readonly type: 'RemoveKnowledgeDocument';
  readonly data: Change;
}
