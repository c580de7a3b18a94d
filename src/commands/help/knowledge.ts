import type { KnowledgeContent } from '../../domain/knowledge/events.js';

export interface KnowledgeQuery {
  readonly text: string;
  /** BCP 47: only what is written in this language, whatever the region. */
  readonly language?: string;
  /** Only what is about this feature, or about any. */
  readonly featureId?: string;
  readonly limit: number;
}

/** How much more people reached their goal than those who got nothing, as a difference of shares, with its 95 % interval. */
export interface MeasuredEffect {
  readonly lift: number;
  readonly low: number;
  readonly high: number;
}

/** What a search found, so that it can be recorded what a text was written from. */
export interface FoundKnowledge {
  readonly documentId: string;
  readonly version: number;
  readonly title: string;
  readonly excerpt: string;
  /** Reciprocal rank fusion; says something only beside the scores of the same search. */
  readonly score: number;
  readonly source: 'document' | 'past-help';
  /** Of past help. */
  readonly effect: MeasuredEffect | null;
}

/** Best first. @throws DocumentStoreUnavailable where the knowledge base cannot be read */
export type SearchKnowledge = (tenantId: string, query: KnowledgeQuery) => Promise<readonly FoundKnowledge[]>;

/** Help that was given before: what it said, and what came of it. Holds nothing of the persons. */
export interface PastHelpEntry extends KnowledgeContent {
  /** Stable: the strategy, with the variant and the language of its template where there are. */
  readonly id: string;
  readonly version: number;
  readonly effect: MeasuredEffect;
}

/** What a tenant's help has achieved, at most 500 entries. Only what helped is handed on, so that all may be given. */
export type PastHelp = (tenantId: string) => Promise<readonly PastHelpEntry[]>;

/** A document as searches know it. */
export interface KnowledgeEntry {
  readonly documentId: string;
  readonly version: number;
  readonly change: number;
  /** Null: it was removed. */
  readonly content: KnowledgeContent | null;
}

/** The knowledge base as the read model has it. */
export interface KnowledgeSource {
  /** Undefined where the tenant never had a document. `changes` counts; `changeSum` is that of the documents that are there. */
  stateOf(tenantId: string): Promise<{ readonly changes: number; readonly changeSum: number } | undefined>;
  /** All that changed after the change of this number, in order. */
  changedAfter(tenantId: string, change: number): AsyncIterable<KnowledgeEntry>;
}

/** An index of some texts by their words, in memory. */
export interface WordIndex {
  /** Replaces what is there under the id. */
  put(id: string, content: KnowledgeContent): void;
  remove(id: string): void;
  /** Ids, best first, of those that `isWanted`. */
  search(
    text: string,
    language: string | undefined,
    isWanted: (id: string) => boolean,
    limit: number,
  ): readonly string[];
}

/** Gives texts a place by what they mean. @throws where the provider does not answer in time, or is not asked since it failed */
export interface Embeddings {
  /** Vectors of different models cannot be compared. */
  readonly model: string;
  /** @param patience milliseconds for the whole of the call */
  embed(texts: readonly string[], patience: number): Promise<readonly Float32Array[]>;
}

/** Keeps vectors, so that they are asked for once. A cache: what is lost is asked for again. */
export interface KnowledgeVectors {
  /** Those of this model and of the versions asked for, by document id. */
  load(
    tenantId: string,
    model: string,
    versions: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, Float32Array>>;
  save(
    tenantId: string,
    model: string,
    vectors: readonly {
      readonly documentId: string;
      readonly version: number;
      readonly vector: Float32Array;
    }[],
  ): Promise<void>;
  remove(tenantId: string, documentIds: readonly string[]): Promise<void>;
}
