import { french, german, spanish } from './exportPageTranslations.js';
import { english, type PageTexts } from './exportPageWords.js';

const texts: Readonly<Record<string, PageTexts>> = { en: english, de: german, es: spanish, fr: french };

/** The words for a language tag (BCP 47), English for others. */
export function pageTextsFor(language: string): { readonly language: string; readonly texts: PageTexts } {
  const primary = language.slice(0, 2).toLowerCase();
  const isTag = /^[a-z]{2}(?:[-_]|$)/i.test(language);
  const found = isTag && Object.hasOwn(texts, primary) ? texts[primary] : undefined;
  return found === undefined ? { language: 'en', texts: english } : { language: primary, texts: found };
}
