/**
 * The document store port: where read models live. Narrow on purpose, so that the embedded key-value
 * store and MongoDB both fit it; both pass `test/contracts/documentStore.ts`.
 */
export interface DocumentStore {
  /**
   * Declares collections and their indexes before use. Adding an index to a collection that has documents
   * builds it. Idempotent.
   */
  define(collections: readonly CollectionDefinition[]): Promise<void>;

  get<D extends Document>(collection: string, id: string): Promise<D | undefined>;
  /** In the order of `ids`; undefined where there is none. */
  getMany<D extends Document>(collection: string, ids: readonly string[]): Promise<(D | undefined)[]>;

  /** @throws UnindexedQuery where no declared index serves the sort or range */
  find<D extends Document>(collection: string, query: DocumentQuery): Promise<DocumentPage<D>>;
  count(collection: string, where?: Where): Promise<number>;

  /**
   * All puts, then deletes, and the checkpoint together, or none. Resolves when others see it.
   * @throws CheckpointMoved where another instance has committed under the checkpoint's name since this store last read it or
   * committed under it: whoever took a processor over commits once, and the one before it can commit no more
   *
   * Where it throws DocumentStoreUnavailable the commit may have been made all the same, or may yet be: the checkpoint
   * tells. A store on a server of its own keeps the promise for commits with a checkpoint: one that was cut short is
   * completed before its checkpoint is read or moved again, and who reads documents meanwhile may find a part of it.
   * Without a checkpoint each document is written by itself there.
   */
  commit(commit: DocumentCommit): Promise<void>;
  getCheckpoint(name: string): Promise<string | undefined>;

  /** Removes all documents of a collection, its indexes and its definition. */
  drop(collection: string): Promise<void>;

  close(): Promise<void>;
}

/** Any JSON-like object with a string id. Documents handed out belong to the caller, who may change them. */
export interface Document {
  readonly id: string;
}

export interface CollectionDefinition {
  readonly name: string;
  readonly indexes: readonly IndexDefinition[];
}

/**
 * Fields in order, dotted for nested ones (`riskFactors.exitRiskScore`). A document in which one of them is
 * undefined or null does not stand in the index. Values are strings, finite numbers or booleans.
 */
export type IndexDefinition = readonly string[];

export type Scalar = string | number | boolean;
export type Condition = Scalar | { readonly in: readonly Scalar[] } | Range;
export interface Range {
  readonly gte?: Scalar;
  readonly gt?: Scalar;
  readonly lte?: Scalar;
  readonly lt?: Scalar;
}
export type Where = Readonly<Record<string, Condition>>;

export interface DocumentQuery {
  /**
   * All must hold. A range needs the sort by its field, and that an index; other equalities may filter what it yields.
   * A bound speaks of values of its own type alone.
   */
  readonly where?: Where;
  /**
   * Default: by id ascending. Ties are ordered by id in the same direction. Documents without a value in the field are
   * left out. Numbers come before strings before booleans; strings by their UTF-8 bytes, of which a store may look at
   * the first 256 alone: those that agree there have a fixed order, but any.
   */
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  readonly limit: number;
  /** The `nextCursor` of the page before: sort value and id of its last document. Stable while data is added. */
  readonly after?: DocumentCursor;
}

export interface DocumentCursor {
  readonly value: Scalar | null;
  readonly id: string;
}

export interface DocumentPage<D> {
  readonly documents: readonly D[];
  readonly next?: DocumentCursor;
}

export interface DocumentCommit {
  readonly puts?: readonly { readonly collection: string; readonly document: Document }[];
  readonly deletes?: readonly { readonly collection: string; readonly id: string }[];
  readonly checkpoint?: { readonly name: string; readonly value: string };
}

/** A programming error: the query asks for an order or a range that no declared index gives. */
export class UnindexedQuery extends Error {
  readonly code = 'unindexed-query';
}

/** Another instance does this work now. What was folded in memory is to be dropped. */
export class CheckpointMoved extends Error {
  readonly code = 'checkpoint-moved';
}

export class DocumentStoreUnavailable extends Error {
  readonly code = 'document-store-unavailable';
}
