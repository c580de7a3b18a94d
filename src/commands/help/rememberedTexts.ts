import { LRUCache } from 'lru-cache';
import type { ComposedText, ComposeText } from './composeText.js';

/** Far more than differ at a time, so long as many are stuck at the same thing. */
const remembered = 500;

/**
 * Composes a text of the built-in templates once that is sent to many. What speaks of the person, and what tenants word
 * themselves, is composed each time and not kept.
 */
export function rememberedTexts(compose: ComposeText): ComposeText {
  const texts = new LRUCache<string, { readonly text: ComposedText | null }>({ max: remembered });
  return async (brief, content) => {
    const { template, templates, tone } = content;
    if (templates !== undefined || Object.keys(brief.variables).length > 0) return compose(brief, content);
    const key = JSON.stringify([template, tone, brief]);
    const known = texts.get(key);
    if (known !== undefined) return known.text;
    const text = await compose(brief, content);
    texts.set(key, { text });
    return text;
  };
}
