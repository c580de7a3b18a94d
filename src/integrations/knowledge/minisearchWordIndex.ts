import MiniSearch from 'minisearch';
import type { WordIndex } from '../../commands/help/knowledge.js';
import { primaryLanguage } from '../../domain/content/compliance.js';
import { folded } from '../../domain/content/phrases.js';
import type { KnowledgeContent } from '../../domain/knowledge/events.js';
import { cut } from '../../domain/text.js';

interface Indexed {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** What a long query costs is bounded by these: characters, and words. */
const longestQuery = 1000;
const mostQueryWords = 40;

/** BM25+ over words as the text's language parts them, also where it writes no spaces; titles count double. */
export function minisearchWordIndex(): WordIndex {
  const index = new MiniSearch<Indexed>({
    fields: ['title', 'text'],
    // Texts come as words already, with one space between.
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
    searchOptions: {
      boost: { title: 2 },
      // Endings and slips of the pen, in words long enough to be told apart.
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 5 ? 0.2 : false),
    },
  });
  return {
    put(id, { title, text, language }: KnowledgeContent) {
      const document = {
        id,
        title: wordsOf(title, language).join(' '),
        text: wordsOf(text, language).join(' '),
      };
      if (index.has(id)) index.replace(document);
      else index.add(document);
    },
    remove(id) {
      if (index.has(id)) index.discard(id);
    },
    search(text, language, isWanted, limit) {
      const query = wordsOf(cut(text, longestQuery), language ?? 'und')
        .slice(0, mostQueryWords)
        .join(' ');
      return index
        .search(query, { filter: ({ id }) => isWanted(String(id)) })
        .slice(0, limit)
        .map(({ id }) => String(id));
    },
  };
}

const segmenters = new Map<string, Intl.Segmenter>();
/** Languages beyond this share the rules of none. */
const mostSegmenters = 50;

function segmenterFor(tag: string): Intl.Segmenter {
  const wanted = primaryLanguage(tag);
  const language =
    /^[a-z]{2,3}$/.test(wanted) && (segmenters.has(wanted) || segmenters.size < mostSegmenters)
      ? wanted
      : 'und';
  let segmenter = segmenters.get(language);
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(language, { granularity: 'word' });
    segmenters.set(language, segmenter);
  }
  return segmenter;
}

/** A segmenter looks at the whole of its text for each word, so that long ones are handed over in parts, between words where it can be. */
const pieces = /[^\n]{1,400}(?=\s|$)|[^\n]{1,400}/gu;

function wordsOf(text: string, language: string): readonly string[] {
  const words: string[] = [];
  const segmenter = segmenterFor(language);
  for (const [piece] of text.matchAll(pieces)) {
    for (const { segment, isWordLike } of segmenter.segment(piece)) {
      if (isWordLike === true) words.push(folded(segment));
    }
  }
  return words;
}
