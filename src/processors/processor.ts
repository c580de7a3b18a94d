import type { CollectionDefinition, Document } from '../documentStore/documentStore.js';
import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';
import type { Recorded, StoredForm } from '../domain/metadata.js';
import type { Cutoffs } from '../domain/retention/periods.js';

/**
 * A read model: folds events into documents. Runs from the start of `$all`, may be replayed at any time, and gives the
 * same documents, byte for byte, however the events were batched.
 */
export interface Projection {
  /** Stable: names the checkpoint and the collections, for example `profiles`. */
  readonly name: string;
  /** Raised when documents change shape or meaning: a new version is built beside the live one and swapped in. */
  readonly version: number;
  /** Logical names, each of one projection; stored as `<collection>.v<version>.<build>`. */
  readonly collections: readonly CollectionDefinition[];
  readonly eventTypes: readonly DomainEventType[];
  /** Every document `evolve` will look at for this event: loaded before it runs. */
  keys(recorded: Recorded<DomainEvent>): readonly DocumentKey[];
  /** Documents may be changed in place and are then `put`. Throwing parks the event and what follows it in its stream. */
  evolve(recorded: Recorded<DomainEvent>, documents: Documents): void;
  /**
   * Brings what follows from the rest of a document up to date, in place. Called once for each document that is about to
   * be stored, however many events have changed it: for what is too costly for every event. `evolve` must not look at it.
   */
  readonly complete?: (collection: string, document: Document) => void;
  /**
   * Time passing, for what depends on silence: called about once a minute with the ids that are due.
   * A document is a pure function of its events and the boundaries passed, never of when the clock looked.
   */
  readonly clock?: ProjectionClock;
  /**
   * Collections whose documents are about one person each and go with that person: they have a field `subject` and an index
   * by tenant and subject, or by tenant, subject and a field that every one of them has.
   */
  readonly aboutPersons?: readonly string[];
  /** Collections whose documents `evolve` puts whole and never gets: none of them is loaded for an event. */
  readonly putOnly?: readonly string[];
  /**
   * By collection: what its documents lose once what they tell is past its period. Collections that are not named hold
   * nothing of one person, or are a record.
   */
  readonly forgetPast?: Readonly<Record<string, ForgetPast>>;
}

/**
 * The document without what is past its period: the very same object where nothing of it is, undefined where nothing is
 * left of it. Does not change what it was given.
 */
export type ForgetPast = (document: Document, cutoffs: Cutoffs) => Document | undefined;

export interface ProjectionClock {
  readonly collection: string;
  /** An indexed field: when (epoch milliseconds) the document next changes though nothing happens. */
  readonly dueField: string;
  advance(document: Document, now: number): Document;
}

export interface DocumentKey {
  readonly collection: string;
  readonly id: string;
}

/** The documents named by `keys`, by logical collection name. Reaching for another is an error. */
export interface Documents {
  get<D extends Document>(collection: string, id: string): D | undefined;
  /** Needed also for a document that was changed in place. */
  put(collection: string, document: Document): void;
  delete(collection: string, id: string): void;
}

/**
 * Turns events into commands. At least once: `react` must be idempotent. Starts at the store's end on the first start
 * of an installation, keeps its checkpoint for ever, and can never be replayed.
 */
export interface Reactor {
  readonly name: string;
  readonly replayPolicy: 'never';
  readonly eventTypes: readonly DomainEventType[];
  /** Whether it can be of interest at all. Asked of each event of its types before anything is made of it. */
  readonly concerns?: (stored: StoredForm) => boolean;
  /** Of a reactor that is one of several partitions: whether the event, by what it says alone, is for this one. */
  readonly isMine?: (recorded: Recorded<DomainEvent>) => boolean;
  /** Streams that are reacted to at the same time; default 16. */
  readonly concurrency?: number;
  /** People wait for it: where it begins late for want of processor time, projections give way. */
  readonly isUrgent?: boolean;
  /** Called each time it begins to run here: what it remembers of earlier times may have been overtaken elsewhere. */
  readonly begin?: () => void;
  /** Events of one stream are handed over in order, one at a time; throwing parks the event and its stream's later ones. */
  react(recorded: Recorded<DomainEvent>): Promise<void>;
}

/** What `GET /v1/processors` shows of one processor. */
export interface ProcessorStatus {
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  readonly version: number;
  /** `elsewhere`: another instance runs it, or none does yet. */
  readonly state: 'starting' | 'running' | 'rebuilding' | 'elsewhere' | 'failed' | 'stopped';
  readonly position: string | null;
  /** Milliseconds since the oldest event that is not done was recorded while behind; 0 when caught up. */
  readonly lag: number;
  readonly behind: boolean;
  /** Of a reactor: events that are held in memory, waiting or in work. What is beyond its bound waits in the log. */
  readonly waiting: number;
  readonly parked: number;
  /** 0–1 while rebuilding. */
  readonly rebuildProgress: number | null;
  readonly error: string | null;
}

export interface ParkedEvent extends Document {
  readonly processor: string;
  readonly streamName: string;
  readonly eventType: string;
  readonly position: string;
  readonly revision: string;
  /** Why the first of them failed; for those behind it, `behind-parked-event`. */
  readonly reason: string;
  readonly attempts: number;
  readonly parkedAt: number;
}
