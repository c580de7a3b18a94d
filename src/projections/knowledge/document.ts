import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { KnowledgeContent } from '../../domain/knowledge/events.js';

export const knowledgeCollection: CollectionDefinition = {
  name: 'knowledge',
  indexes: [
    ['tenantId', 'listedAs'],
    ['tenantId', 'change'],
  ],
};

/** One document of a knowledge base, also after its removal, so that who follows the changes sees that too. Id: tenant and document. */
export interface KnowledgeDocument extends Document {
  readonly tenantId: string;
  readonly documentId: string;
  readonly version: number;
  /** The id; null once it is removed, so that no list has it. */
  readonly listedAs: string | null;
  readonly content: KnowledgeContent | null;
  /** Place among the tenant's changes: 1, 2, 3 … */
  readonly change: number;
  /** Epoch milliseconds. */
  readonly changedAt: number;
  readonly changedBy: string;
}

export const knowledgeBasesCollection: CollectionDefinition = { name: 'knowledgeBases', indexes: [] };

/** What a tenant has. Id: the tenant's id. */
export interface KnowledgeBaseDocument extends Document {
  readonly changes: number;
  readonly documents: number;
  /** Of titles and texts. */
  readonly characters: number;
  /** The sum of `change` over the documents that are there: tells whether somebody has seen all of them. */
  readonly changeSum: number;
}

export function charactersOf(content: KnowledgeContent | null): number {
  return content === null ? 0 : content.title.length + content.text.length;
}
