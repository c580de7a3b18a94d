import type { FieldError } from '../errors.js';
import { findPersonal } from '../privacy/detection.js';
import type { KnowledgeContent } from './events.js';

/** Of one document; characters. */
export const knowledgeBounds = { title: 200, text: 8000, features: 20, feature: 256, query: 500 } as const;

/** Of one tenant: what is kept in memory while it is searched. `characters` counts titles and texts. */
export const mostDocuments = 1000;
export const mostCharacters = 1_000_000;

/** A document is shown and kept in the clear, also after everybody was erased, and quoted to a model. */
export function knowledgeFaults(
  documentId: string,
  { title, text, features }: KnowledgeContent,
): readonly FieldError[] {
  const texts: readonly (readonly [path: string, text: string])[] = [
    ['id', documentId],
    ['title', title],
    ['text', text],
    ...features.map((feature, index) => [`features.${index}`, feature] as const),
  ];
  return texts.flatMap(([path, value]) =>
    findPersonal(value).length === 0
      ? []
      : [{ path, code: 'personal-value', message: 'must hold no personal value' }],
  );
}
