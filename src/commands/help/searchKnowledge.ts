import { LRUCache } from 'lru-cache';
import { excerptOf } from '../../domain/knowledge/excerpt.js';
import { fuseRanks } from '../../domain/knowledge/ranking.js';
import { redactText } from '../../domain/privacy/redactText.js';
import type { FoundKnowledge, KnowledgeQuery, PastHelpEntry, SearchKnowledge } from './knowledge.js';
import { KnowledgeBase, type KnowledgeBaseParts } from './knowledgeBase.js';
import { createSearchPastHelp, type SearchPastHelpParts } from './searchPastHelp.js';

/** Of all tenants, kept in memory: about ten bytes each with the index, and the vectors besides. */
const mostCharactersInMemory = 8_000_000;
const mostBases = 200;
/** A base without a document takes room too. Characters. */
const ofAnyBase = 10_000;
/** Milliseconds that a search waits for the provider. */
const queryPatience = 1500;
/** Of each list that goes into the ranking. */
const ranked = 50;

export interface SearchKnowledgeParts extends KnowledgeBaseParts, SearchPastHelpParts {}

export interface KnowledgeSearch {
  readonly search: SearchKnowledge;
  /** Resolves when what can be embedded of a tenant's documents is. */
  settled(tenantId: string): Promise<void>;
}

/**
 * Words and, where a provider is there, meaning, fused by rank, with past help that helped as a list beside the documents.
 * What the provider, or past help, cannot say in time is left out: a search needs the read model alone.
 */
export function createKnowledgeSearch(parts: SearchKnowledgeParts): KnowledgeSearch {
  const bases = new LRUCache<string, KnowledgeBase>({ max: mostBases, maxSize: mostCharactersInMemory });
  const searchPastHelp = createSearchPastHelp(parts);

  async function baseOf(tenantId: string): Promise<KnowledgeBase> {
    const base = bases.get(tenantId) ?? new KnowledgeBase(tenantId, parts);
    const keep = () =>
      bases.set(tenantId, base, { size: Math.min(base.characters + ofAnyBase, mostCharactersInMemory) });
    keep();
    await base.catchUp();
    keep();
    return base;
  }

  /** Undefined where there is no provider, nothing to compare with, or no answer. */
  async function vectorOf(base: KnowledgeBase, text: string): Promise<Float32Array | undefined> {
    if (parts.meaning === undefined || !base.hasVectors) return undefined;
    try {
      // What was asked may quote a person; what the provider is told does not.
      return (await parts.meaning.embeddings.embed([redactText(text)], queryPatience))[0];
    } catch (error) {
      parts.onError(error);
      return undefined;
    }
  }

  async function pastHelpFor(tenantId: string, query: KnowledgeQuery): Promise<readonly PastHelpEntry[]> {
    try {
      return await searchPastHelp(tenantId, query, ranked);
    } catch (error) {
      parts.onError(error);
      return [];
    }
  }

  return {
    async search(tenantId, query) {
      const [base, past] = await Promise.all([baseOf(tenantId), pastHelpFor(tenantId, query)]);
      const byWords = base.byWords(query, ranked);
      const vector = await vectorOf(base, query.text);
      const byMeaning = vector === undefined ? [] : base.byMeaning(vector, query, ranked);
      const helped = new Map(past.map((entry) => [`past-help/${entry.id}`, entry]));
      return fuseRanks([byWords, byMeaning, [...helped.keys()]])
        .flatMap(([id, score]) => foundOf(base, helped, id, score, query.text))
        .slice(0, query.limit);
    },
    async settled(tenantId) {
      await (await baseOf(tenantId)).settled();
    },
  };
}

/** Ids of documents hold no slash, so that those of past help are never one of theirs. */
function foundOf(
  base: KnowledgeBase,
  helped: ReadonlyMap<string, PastHelpEntry>,
  id: string,
  score: number,
  query: string,
): readonly FoundKnowledge[] {
  const past = helped.get(id);
  if (past !== undefined) {
    const { version, title, text, effect } = past;
    return [
      {
        documentId: past.id,
        version,
        title,
        excerpt: excerptOf(text, query),
        score,
        source: 'past-help',
        effect,
      },
    ];
  }
  const entry = base.entry(id);
  if (entry === undefined) return [];
  const { documentId, version, content } = entry;
  const excerpt = excerptOf(content.text, query);
  return [{ documentId, version, title: content.title, excerpt, score, source: 'document', effect: null }];
}
