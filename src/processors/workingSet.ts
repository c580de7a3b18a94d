import type { Document, DocumentCommit, DocumentStore } from '../documentStore/documentStore.js';
import type { DocumentKey, Documents, Projection } from './processor.js';

/** Documents of each collection that stay in memory after they were written: nobody else writes them. */
const recentDocuments = 2000;

type Put = NonNullable<DocumentCommit['puts']>[number];
type Delete = NonNullable<DocumentCommit['deletes']>[number];

interface Entry {
  readonly collection: string;
  readonly id: string;
  document: Document | undefined;
  changed: boolean;
}

/**
 * The documents that events look at: a batch's are named first and loaded together, then changed in memory; what
 * several batches have changed is written together.
 * An event sees the documents it named and no others, so that the outcome never depends on its neighbours.
 */
export class WorkingSet implements Documents {
  readonly #collections = new Map<string, CollectionSet>();
  /** The entries of all events, one after the other, and where each event's end. */
  readonly #named: Entry[] = [];
  readonly #ends: number[] = [];
  #from = 0;
  #to = 0;

  constructor(
    readonly store: DocumentStore,
    /** Physical names by logical ones. */
    physical: ReadonlyMap<string, string>,
    putOnly: Projection['putOnly'] = [],
  ) {
    for (const [logical, name] of physical)
      this.#collections.set(logical, new CollectionSet(name, putOnly.includes(logical)));
  }

  /** Names the documents of the next event. */
  name(keys: readonly DocumentKey[]): void {
    for (const { collection, id } of keys) this.#named.push(this.#set(collection).entry(collection, id));
    this.#ends.push(this.#named.length);
  }

  async load(): Promise<void> {
    for (const set of this.#collections.values()) await set.load(this.store);
  }

  /** From now on `get`, `put` and `delete` are those of the event that was named at this place. */
  turnTo(event: number): void {
    this.#from = event === 0 ? 0 : (this.#ends[event - 1] ?? 0);
    this.#to = this.#ends[event] ?? 0;
  }

  get<D extends Document>(collection: string, id: string): D | undefined {
    if (this.#set(collection).putOnly) throw new UnnamedDocument(`documents of ${collection} are not loaded`);
    // The projection's own type: it wrote the document.
    return this.#entry(collection, id).document as D | undefined;
  }

  put(collection: string, document: Document): void {
    const entry = this.#entry(collection, document.id);
    entry.document = document;
    entry.changed = true;
  }

  delete(collection: string, id: string): void {
    const entry = this.#entry(collection, id);
    entry.document = undefined;
    entry.changed = true;
  }

  /** Copies the present event's documents. @returns puts the copies back */
  snapshot(): () => void {
    const entries = this.#named.slice(this.#from, this.#to);
    const copies = entries.map(({ document, changed }) => ({ document: structuredClone(document), changed }));
    return () => {
      for (const [at, entry] of entries.entries()) Object.assign(entry, copies[at]);
    };
  }

  /** Everything that changed, completed, under physical names. */
  changes(complete?: Projection['complete']): { readonly puts: Put[]; readonly deletes: Delete[] } {
    const puts: Put[] = [];
    const deletes: Delete[] = [];
    for (const set of this.#collections.values()) {
      for (const { collection, id, document, changed } of set.entries.values()) {
        if (!changed) continue;
        if (document === undefined) deletes.push({ collection: set.name, id });
        else {
          complete?.(collection, document);
          puts.push({ collection: set.name, document });
        }
      }
    }
    return { puts, deletes };
  }

  /** What was written stays at hand for a while. */
  committed(): void {
    for (const set of this.#collections.values()) set.keep();
  }

  /** Documents that were removed beside the events; none of them may wait to be written. */
  removed(collection: string, ids: readonly string[]): void {
    const set = this.#set(collection);
    for (const id of ids) set.drop(id);
  }

  /** After a failure: documents changed in place are not what is stored, so nothing is kept. */
  discard(): void {
    for (const set of this.#collections.values()) set.forget();
    this.forgetNames();
  }

  /** Makes room for the next batch's names. */
  forgetNames(): void {
    this.#named.length = 0;
    this.#ends.length = 0;
    this.#from = 0;
    this.#to = 0;
  }

  #entry(collection: string, id: string): Entry {
    for (let at = this.#from; at < this.#to; at++) {
      const entry = this.#named[at];
      if (entry !== undefined && entry.id === id && entry.collection === collection) return entry;
    }
    throw new UnnamedDocument(`an event reached for a document of ${collection} that keys() did not name`);
  }

  #set(collection: string): CollectionSet {
    const set = this.#collections.get(collection);
    if (set === undefined) throw new UnnamedDocument(`the projection has no collection ${collection}`);
    return set;
  }
}

/** A mistake in a projection. */
export class UnnamedDocument extends Error {
  readonly code = 'unnamed-document';
}

class CollectionSet {
  readonly entries = new Map<string, Entry>();
  /** The least recently used first. */
  readonly #recent = new Map<string, Document>();
  #missing: Entry[] = [];

  constructor(
    readonly name: string,
    readonly putOnly: boolean,
  ) {}

  entry(collection: string, id: string): Entry {
    const known = this.entries.get(id);
    if (known !== undefined) return known;
    const document = this.putOnly ? undefined : this.#recent.get(id);
    const entry: Entry = { collection, id, document, changed: false };
    this.entries.set(id, entry);
    if (document === undefined && !this.putOnly) this.#missing.push(entry);
    return entry;
  }

  async load(store: DocumentStore): Promise<void> {
    if (this.#missing.length === 0) return;
    const documents = await store.getMany(
      this.name,
      this.#missing.map(({ id }) => id),
    );
    for (const [at, entry] of this.#missing.entries()) entry.document = documents[at];
    this.#missing = [];
  }

  keep(): void {
    if (!this.putOnly) this.#keepRecent();
    this.entries.clear();
  }

  #keepRecent(): void {
    let passed = 0;
    const tooMany = this.entries.size - recentDocuments;
    // What would be pushed out again at once is not put in.
    if (tooMany > 0) this.#recent.clear();
    for (const { id, document } of this.entries.values()) {
      if (passed++ < tooMany) continue;
      this.#recent.delete(id);
      if (document !== undefined) this.#recent.set(id, document);
    }
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= recentDocuments) break;
      this.#recent.delete(id);
    }
  }

  drop(id: string): void {
    this.entries.delete(id);
    this.#recent.delete(id);
  }

  forget(): void {
    this.entries.clear();
    this.#recent.clear();
    this.#missing = [];
  }
}
