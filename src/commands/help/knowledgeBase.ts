import { setImmediate } from 'node:timers/promises';
import { primaryLanguage } from '../../domain/content/compliance.js';
import type { KnowledgeContent } from '../../domain/knowledge/events.js';
import { cosine } from '../../domain/knowledge/ranking.js';
import type {
  Embeddings,
  KnowledgeEntry,
  KnowledgeQuery,
  KnowledgeSource,
  KnowledgeVectors,
  WordIndex,
} from './knowledge.js';

/** Texts that are sent to the provider at once, and the milliseconds that nobody waits for. */
const embeddedAtOnce = 32;
const embeddingPatience = 30_000;

export interface KnowledgeBaseParts {
  readonly source: KnowledgeSource;
  createWordIndex(): WordIndex;
  /** Absent: words alone are searched. */
  readonly meaning?: { readonly embeddings: Embeddings; readonly vectors: KnowledgeVectors };
  /** Told of what goes wrong where a search goes on without it. */
  onError(error: unknown): void;
}

/** Whether a text may answer a query, by language and feature. */
export function isAbout(
  { language, features }: Pick<KnowledgeContent, 'language' | 'features'>,
  query: Pick<KnowledgeQuery, 'language' | 'featureId'>,
): boolean {
  const speaks =
    query.language === undefined || primaryLanguage(language) === primaryLanguage(query.language);
  return (
    speaks && (query.featureId === undefined || features.length === 0 || features.includes(query.featureId))
  );
}

/** One tenant's documents in memory, brought up to the read model before each search. */
export class KnowledgeBase {
  readonly #entries = new Map<string, KnowledgeEntry & { readonly content: KnowledgeContent }>();
  readonly #vectors = new Map<string, Float32Array>();
  readonly #words: WordIndex;
  #seen = 0;
  #characters = 0;
  #catchingUp: Promise<void> | undefined;
  #embedding: Promise<void> | undefined;

  constructor(
    readonly tenantId: string,
    readonly parts: KnowledgeBaseParts,
  ) {
    this.#words = parts.createWordIndex();
  }

  /** Of titles and texts. */
  get characters(): number {
    return this.#characters;
  }

  entry(id: string) {
    return this.#entries.get(id);
  }

  /** Sees all that the read model has seen when it is called. */
  async catchUp(): Promise<void> {
    // One that is under way may have looked before the change that the caller waited for.
    await this.#catchingUp?.catch(() => undefined);
    this.#catchingUp ??= this.#readOn().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
    this.#embedding ??= this.#embedMissing().finally(() => {
      this.#embedding = undefined;
    });
  }

  /** Resolves when what can be embedded is. */
  async settled(): Promise<void> {
    await this.#embedding;
  }

  byWords(query: KnowledgeQuery, limit: number): readonly string[] {
    return this.#words.search(query.text, query.language, (id) => this.#isWanted(id, query), limit);
  }

  byMeaning(vector: Float32Array, query: KnowledgeQuery, limit: number): readonly string[] {
    return [...this.#vectors]
      .filter(([id]) => this.#isWanted(id, query))
      .map(([id, its]) => [id, cosine(vector, its)] as const)
      .filter(([, similarity]) => similarity > 0)
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([id]) => id);
  }

  get hasVectors(): boolean {
    return this.#vectors.size > 0;
  }

  #isWanted(id: string, query: KnowledgeQuery): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && isAbout(entry.content, query);
  }

  async #readOn(): Promise<void> {
    const { source } = this.parts;
    const state = await source.stateOf(this.tenantId);
    if (state === undefined || state.changes === this.#seen) return;
    const removed: string[] = [];
    for await (const { content, ...entry } of source.changedAfter(this.tenantId, this.#seen)) {
      this.#forget(entry.documentId);
      if (content === null) removed.push(entry.documentId);
      else this.#take({ ...entry, content });
      // Whoever else waits comes between two documents.
      await setImmediate();
    }
    // A store may show one document of a commit before another: then all of it is looked at again.
    const sum = [...this.#entries.values()].reduce((total, { change }) => total + change, 0);
    if (sum === state.changeSum) this.#seen = state.changes;
    if (removed.length > 0)
      await this.parts.meaning?.vectors.remove(this.tenantId, removed).catch(this.parts.onError);
  }

  #take(entry: KnowledgeEntry & { readonly content: KnowledgeContent }): void {
    this.#entries.set(entry.documentId, entry);
    this.#words.put(entry.documentId, entry.content);
    this.#characters += entry.content.title.length + entry.content.text.length;
  }

  #forget(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#vectors.delete(id);
    this.#words.remove(id);
    this.#characters -= entry.content.title.length + entry.content.text.length;
  }

  /** Never rejects: what has no vector is found by its words, and is tried again with the next search. */
  async #embedMissing(): Promise<void> {
    const { meaning, onError } = this.parts;
    if (meaning === undefined) return;
    const { embeddings, vectors } = meaning;
    try {
      const missing = () =>
        [...this.#entries.values()].filter(({ documentId }) => !this.#vectors.has(documentId));
      if (missing().length === 0) return;
      const versions = new Map(missing().map(({ documentId, version }) => [documentId, version]));
      const known = await vectors.load(this.tenantId, embeddings.model, versions);
      for (const [id, vector] of known) this.#keep(id, versions.get(id), vector);
      const unknown = missing();
      for (let from = 0; from < unknown.length; from += embeddedAtOnce) {
        const some = unknown.slice(from, from + embeddedAtOnce);
        const made = await embeddings.embed(
          some.map(({ content }) => `${content.title}\n\n${content.text}`),
          embeddingPatience,
        );
        const embedded = some.flatMap(({ documentId, version }, at) => {
          const vector = made[at];
          return vector === undefined ? [] : [{ documentId, version, vector }];
        });
        await vectors.save(this.tenantId, embeddings.model, embedded);
        for (const { documentId, version, vector } of embedded) this.#keep(documentId, version, vector);
      }
    } catch (error) {
      onError(error);
    }
  }

  /** Unless the document was changed meanwhile. */
  #keep(id: string, version: number | undefined, vector: Float32Array): void {
    if (this.#entries.get(id)?.version === version) this.#vectors.set(id, vector);
  }
}
