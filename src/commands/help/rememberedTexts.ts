import { LRUCache } from 'lru-cache';
import { fallbackChain } from '../../domain/content/languages.js';
import type { ComposedText, ComposeText } from './composeText.js';

/** Far more than differ at a time, so long as many are stuck at the same thing. */
const remembered = 500;
/** Characters of all that the texts were asked for by: features have the names that clients gave them. */
const longestKeys = 1_000_000;

/**
 * Composes a text of the built-in templates once that is sent to many. What calls the person by name, and what tenants word
 * themselves, is composed each time and not kept.
 */
export function rememberedTexts(compose: ComposeText): ComposeText {
  const texts = new LRUCache<string, { readonly text: ComposedText | null }>({
    max: remembered,
    maxSize: longestKeys,
    sizeCalculation: (_text, key) => key.length,
  });
  return async (brief, content) => {
    const { template, templates, tone } = content;
    if (templates !== undefined || Object.keys(brief.variables).length > 0) return compose(brief, content);
    // What a person wishes for may be no language at all, and of any length.
    const languages = fallbackChain(brief.languages);
    const key = JSON.stringify([template, tone, { ...brief, languages }]);
    const known = texts.get(key);
    if (known !== undefined) return known.text;
    const text = await compose(brief, content);
    texts.set(key, { text });
    return text;
  };
}
