import type { KnowledgeContent, KnowledgeEvent } from './events.js';

export interface KnowledgeState {
  /** 0 before the first change. */
  readonly version: number;
  /** Null where there is no document, or no more. */
  readonly content: KnowledgeContent | null;
}

export const initialState: KnowledgeState = { version: 0, content: null };

export function evolve(_: KnowledgeState, event: KnowledgeEvent): KnowledgeState {
  return {
    version: event.data.version,
    content: event.type === 'KnowledgeDocumentPut' ? event.data.content : null,
  };
}
