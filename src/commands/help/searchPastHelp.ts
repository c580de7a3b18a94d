import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { KnowledgeQuery, PastHelp, PastHelpEntry, WordIndex } from './knowledge.js';
import { isAbout } from './knowledgeBase.js';

/** Of all tenants, kept in memory: about ten bytes each. */
const mostCharacters = 2_000_000;
const mostTenants = 200;

interface Indexed {
  /** As it was handed on: the same array until it is measured again. */
  readonly entries: readonly PastHelpEntry[];
  readonly words: Promise<WordIndex>;
}

export interface SearchPastHelpParts {
  readonly pastHelp: PastHelp;
  createWordIndex(): WordIndex;
}

/** Help that helped, best first by its words, which are indexed once for each time that it is measured. */
export function createSearchPastHelp({ pastHelp, createWordIndex }: SearchPastHelpParts) {
  const indexes = new LRUCache<string, Indexed>({ max: mostTenants, maxSize: mostCharacters });

  async function indexOf(entries: readonly PastHelpEntry[]): Promise<WordIndex> {
    const words = createWordIndex();
    for (const [at, entry] of entries.entries()) {
      if (entry.effect.lift > 0) words.put(String(at), entry);
      // Whoever else waits comes between two texts.
      await setImmediate();
    }
    return words;
  }

  function indexed(tenantId: string, entries: readonly PastHelpEntry[]): Promise<WordIndex> {
    const known = indexes.get(tenantId);
    if (known?.entries === entries) return known.words;
    const words = indexOf(entries);
    const characters = entries.reduce((sum, { title, text }) => sum + title.length + text.length, 1);
    indexes.set(tenantId, { entries, words }, { size: Math.min(characters, mostCharacters) });
    return words;
  }

  return async (
    tenantId: string,
    query: KnowledgeQuery,
    limit: number,
  ): Promise<readonly PastHelpEntry[]> => {
    const entries = await pastHelp(tenantId);
    if (entries.length === 0) return [];
    const words = await indexed(tenantId, entries);
    const isWanted = (at: string) => {
      const entry = entries[Number(at)];
      return entry !== undefined && isAbout(entry, query);
    };
    const found = words.search(query.text, query.language, isWanted, limit);
    return found.flatMap((at) => entries[Number(at)] ?? []);
  };
}
