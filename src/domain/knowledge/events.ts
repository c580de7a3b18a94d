export type KnowledgeEvent = KnowledgeDocumentPut | KnowledgeDocumentRemoved;

export const knowledgeEventTypes = [
  'KnowledgeDocumentPut',
  'KnowledgeDocumentRemoved',
] as const satisfies readonly KnowledgeEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(knowledgeEventTypes);

export function isKnowledgeEvent(event: { readonly type: string }): event is KnowledgeEvent {
  return typeNames.has(event.type);
}

/** What a tenant knows about one question. Kept in the clear: it holds no personal value. */
export interface KnowledgeContent {
  readonly title: string;
  /** Plain text. */
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
  /** Ids of the features it is about; empty: of any. */
  readonly features: readonly string[];
}

/** A document was written, or replaced as a whole. */
export interface KnowledgeDocumentPut {
  readonly type: 'KnowledgeDocumentPut';
  readonly data: Changed & { readonly content: KnowledgeContent };
}

export interface KnowledgeDocumentRemoved {
  readonly type: 'KnowledgeDocumentRemoved';
  readonly data: Changed;
}

interface Changed {
  readonly documentId: string;
  /** Counts the document's changes from 1, removals too. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Id of the key that it was done with. */
  readonly by: string;
}
