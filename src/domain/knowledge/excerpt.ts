import { folded } from '../content/phrases.js';
import { cut } from '../text.js';

/** Characters. */
const longest = 600;

/** The paragraph that holds most of the words of a query, with what follows it as far as there is room; the beginning where none does. */
export function excerptOf(text: string, query: string): string {
  const words = [...new Set(folded(query).match(/[\p{L}\p{N}]{3,}/gu) ?? [])];
  const paragraphs = text.split(/\n{2,}/);
  const hits = paragraphs.map((paragraph) => {
    const plain = folded(paragraph);
    return words.filter((word) => plain.includes(word)).length;
  });
  const best = hits.indexOf(Math.max(...hits));
  const excerpt = paragraphs.slice(best).join('\n\n').trim();
  return excerpt.length <= longest ? excerpt : `${cut(excerpt, longest - 1).trimEnd()}…`;
}
