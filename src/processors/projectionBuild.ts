import type {
  Document,
  DocumentCommit,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { wireNamesOf } from '../eventStore/codec.js';
import { type EventStore, formatPosition, parsePosition } from '../eventStore/eventStore.js';
import { collectionsAbout, documentsAbout } from './documentsAbout.js';
import { type EventBatch, isBefore, type Place } from './eventFeed.js';
import { type ProcessorLogger, reasonOf } from './failure.js';
import { behindParkedEvent, ParkedEvents, parkedCollection, type RetryResult } from './parkedEvents.js';
import type { DocumentKey, ParkedEvent, Projection } from './processor.js';
import type { Turns } from './turns.js';
import { WorkingSet } from './workingSet.js';

/** Events that a projection passes over before its checkpoint is stored all the same. */
const passedOverAtMost = 20_000;
/** Milliseconds from one commit to the next while events keep coming: each document is then written once for many. */
const commitInterval = 500;
const dueAtATime = 200;
const forgettingAtATime = 200;
/** Milliseconds that a checkpoint beyond events of no concern may be outstanding where other instances wait for it. */
const longestUnstored = 1000;
const noKeys: readonly DocumentKey[] = [];
const eventsBetweenLooks = 32;

export interface BuildParts {
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly documentStore: DocumentStore;
  readonly turns: Turns;
  readonly logger: ProcessorLogger;
  /** Most events folded between two commits: bounds the documents that wait. */
  readonly commitSize: number;
  /** Whether other instances look at the checkpoint, and may take over from it. */
  readonly isShared: boolean;
  now(): number;
}

/** One set of documents of a projection; a rebuild makes another beside it. */
export interface BuildName {
  readonly version: number;
  /** Counts the builds of a projection, whatever their version. */
  readonly generation: number;
}

/**
 * Folds events into one set of documents. Events are folded as they come, while they are young: kept until a commit
 * they would cost the garbage collector more than their fold. Documents, parked events and checkpoint are one commit,
 * at once when events are rare, else each `commitInterval`.
 * Every method must have ended before the next is called.
 */
export class ProjectionBuild {
  readonly key: string;
  readonly parked: ParkedEvents;
  readonly #wireNames: ReadonlySet<string>;
  readonly #documents: WorkingSet;
  /** Behind the last event that was folded, that is in the store, and where the stored documents lack nothing. */
  #place: Place = 'start';
  #committed: Place = 'start';
  #visible: Place = 'start';
  #committedAt = Number.NEGATIVE_INFINITY;
  #folded = 0;
  #passedOver = 0;
  #passedOverSince = 0;
  #newlyParked: ParkedEvent[] = [];
  /** Up to here each event is folded on its own, since one of them failed. */
  #carefulUntil: Place = 'start';

  constructor(
    readonly projection: Projection,
    readonly name: BuildName,
    readonly parts: BuildParts,
  ) {
    this.key = buildKey(projection.name, name);
    this.parked = new ParkedEvents(
      parts.documentStore,
      parts.eventStore,
      projection.name,
      this.key,
      parts.now,
      () => this.#stampAt(this.#committed),
    );
    this.#wireNames = wireNamesOf(projection.eventTypes);
    const physical = physicalNames(projection, name);
    this.#documents = new WorkingSet(parts.documentStore, physical, projection.putOnly);
  }

  /** Where reading goes on: behind the last event that was folded. */
  get place(): Place {
    return this.#place;
  }

  /** Where the stored documents stand. */
  get visiblePlace(): Place {
    return this.#visible;
  }

  /** Milliseconds until what was folded has to be committed; undefined where nothing waits. */
  get commitDueIn(): number | undefined {
    if (this.#folded === 0) return undefined;
    return Math.max(0, this.#committedAt + commitInterval - performance.now());
  }

  /** Milliseconds until the checkpoint has to be stored though nothing was folded; undefined where that can wait. */
  get checkpointDueIn(): number | undefined {
    if (!this.parts.isShared || this.#passedOver === 0) return undefined;
    return Math.max(0, this.#passedOverSince + longestUnstored - performance.now());
  }

  /** Declares the collections and goes to the stored checkpoint, also after a failure. */
  async load(): Promise<void> {
    const { documentStore } = this.parts;
    await this.#define();
    const checkpoint = await documentStore.getCheckpoint(this.key);
    this.#committed = (checkpoint === undefined ? undefined : parsePosition(checkpoint)) ?? 'start';
    this.#fallBack();
    this.#visible = this.#committed;
    // Whoever did this work before can commit nothing from here on.
    if (this.parts.isShared) await documentStore.commit(this.#stampAt(this.#committed));
    await this.parked.load();
  }

  /** For a look at what another instance folds: nothing is claimed. */
  async view(): Promise<void> {
    await this.#define();
    await this.parked.load();
  }

  /** After an event that fails, `place` is back at the last commit, and what was read must be read again. */
  async process(batch: EventBatch): Promise<void> {
    const events = batch.select(this.#wireNames);
    const careful = isBefore(this.#place, this.#carefulUntil);
    try {
      if (events.length > 0) await this.#fold(events, careful);
    } catch (error) {
      this.#fallBack();
      if (!(error instanceof FoldFailed)) throw error;
      this.#carefulUntil = batch.next;
      return;
    }
    this.#place = batch.next;
    this.#folded += events.length;
    if (this.#passedOver === 0) this.#passedOverSince = performance.now();
    this.#passedOver += batch.length - events.length;
    if (this.#folded === 0) this.#visible = this.#place;
    const { commitDueIn } = this;
    if (
      careful ||
      commitDueIn === 0 ||
      this.#folded >= this.parts.commitSize ||
      this.#passedOver >= passedOverAtMost ||
      this.checkpointDueIn === 0
    )
      await this.commit();
  }

  /** Stores what was folded, and the checkpoint also of events that were passed over. */
  async commit(): Promise<void> {
    if (this.#folded === 0 && this.#passedOver === 0) return;
    const place = this.#place;
    const { puts, deletes } = this.#documents.changes(this.projection.complete);
    for (const document of this.#newlyParked) puts.push({ collection: parkedCollection.name, document });
    await this.parts.documentStore.commit({ puts, deletes, ...this.#stampAt(place) });
    this.#documents.committed();
    this.parked.stored(this.#newlyParked);
    this.#committed = place;
    this.#visible = place;
    this.#committedAt = performance.now();
    this.#nothingWaits();
  }

  async retry(id: string): Promise<RetryResult> {
    await this.commit();
    return this.parked.retry(id, async (recorded) => {
      // One event at a time and only now and then: what is in memory is dropped rather than kept in step.
      this.#documents.discard();
      try {
        this.#documents.name(this.projection.keys(recorded));
        await this.#documents.load();
        this.#documents.turnTo(0);
        this.projection.evolve(recorded, this.#documents);
        return this.#documents.changes(this.projection.complete);
      } finally {
        this.#documents.discard();
      }
    });
  }

  /**
   * Removes the documents about these persons, and their parked events. They must have no events left to come, and all that
   * was folded of them must be committed.
   */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    const { documentStore } = this.parts;
    const physical = physicalNames(this.projection, this.name);
    for (const { name: logical, orderedBy } of collectionsAbout(this.projection)) {
      const collection = physical.get(logical) ?? logical;
      const about = { name: collection, orderedBy, tenantId, subjects };
      for await (const page of documentsAbout(documentStore, about)) {
        await documentStore.commit({ deletes: page.map(({ id }) => ({ collection, id })) });
        this.#documents.removed(
          logical,
          page.map(({ id }) => id),
        );
      }
    }
    await this.parked.forget(tenantId, subjects);
  }

  /**
   * Lets some documents of a tenant forget what is past its period.
   * @returns how many were changed, and where to go on
   */
  async forgetPast(
    logical: string,
    tenantId: string,
    cutoffs: Cutoffs,
    after: DocumentCursor | undefined,
  ): Promise<ForgottenPage> {
    const forget = this.projection.forgetPast?.[logical];
    if (forget === undefined) return { changed: 0 };
    await this.commit();
    const { documentStore } = this.parts;
    const collection = physicalNames(this.projection, this.name).get(logical) ?? logical;
    const page: DocumentPage<Document> = await documentStore.find(collection, {
      where: { tenantId },
      limit: forgettingAtATime,
      ...(after === undefined ? {} : { after }),
    });
    const puts: { collection: string; document: Document }[] = [];
    const deletes: { collection: string; id: string }[] = [];
    for (const document of page.documents) {
      const left = forget(document, cutoffs);
      if (left === undefined) deletes.push({ collection, id: document.id });
      else if (left !== document) {
        this.projection.complete?.(logical, left);
        puts.push({ collection, document: left });
      }
    }
    const changed = puts.length + deletes.length;
    if (changed > 0) {
      this.#documents.discard();
      await documentStore.commit({ puts, deletes });
    }
    return page.next === undefined ? { changed } : { changed, next: page.next };
  }

  /** Takes all documents that are due at `now` over the boundaries they have passed. */
  async advanceClock(now: number): Promise<void> {
    const { clock } = this.projection;
    if (clock === undefined) return;
    await this.commit();
    const { documentStore } = this.parts;
    const collection = physicalNames(this.projection, this.name).get(clock.collection) ?? clock.collection;
    let after: DocumentCursor | undefined;
    for (;;) {
      const page: DocumentPage<Document> = await documentStore.find(collection, {
        where: { [clock.dueField]: { lte: now } },
        sort: { field: clock.dueField, direction: 'asc' },
        limit: dueAtATime,
        ...(after === undefined ? {} : { after }),
      });
      const puts = page.documents.flatMap((document) => {
        try {
          return [{ collection, document: clock.advance(document, now) }];
        } catch (error) {
          this.#warn({ err: error }, 'a document could not follow the clock');
          return [];
        }
      });
      if (puts.length > 0) {
        this.#documents.discard();
        await documentStore.commit({ puts, ...this.#stampAt(this.#committed) });
      }
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /** @throws FoldFailed at the first event that fails, unless it is to be careful: then it parks and goes on */
  async #fold(events: readonly Recorded<DomainEvent>[], careful: boolean): Promise<void> {
    const unnamed = new Map<number, unknown>();
    await this.#inTurns(events.length, (at) => this.#name(events, at, careful ? unnamed : undefined));
    await this.#documents.load();
    const poisoned = new Set<string>();
    await this.#inTurns(events.length, (at) => {
      const recorded = events[at] as Recorded<DomainEvent>;
      if (this.parked.has(recorded.streamName) || poisoned.has(recorded.streamName)) {
        this.#newlyParked.push(this.parked.documentOf(recorded, behindParkedEvent));
        return;
      }
      this.#documents.turnTo(at);
      const restore = careful ? this.#documents.snapshot() : undefined;
      try {
        if (unnamed.has(at)) throw unnamed.get(at);
        this.projection.evolve(recorded, this.#documents);
      } catch (error) {
        if (restore === undefined) throw new FoldFailed();
        restore();
        poisoned.add(recorded.streamName);
        this.#newlyParked.push(this.parked.documentOf(recorded, reasonOf(error)));
        this.#warn(
          { eventType: recorded.event.type, position: formatPosition(recorded.position), err: error },
          'event parked',
        );
      }
    });
    this.#documents.forgetNames();
  }

  /** Puts what `keys` throws into `failures`. @throws FoldFailed where there is no such map */
  #name(
    events: readonly Recorded<DomainEvent>[],
    at: number,
    failures: Map<number, unknown> | undefined,
  ): void {
    const recorded = events[at] as Recorded<DomainEvent>;
    try {
      this.#documents.name(this.parked.has(recorded.streamName) ? noKeys : this.projection.keys(recorded));
    } catch (error) {
      if (failures === undefined) throw new FoldFailed();
      failures.set(at, error);
      this.#documents.name(noKeys);
    }
  }

  /** Some at a time without a break: a loop that can pause is a slow one. */
  async #inTurns(count: number, work: (at: number) => void): Promise<void> {
    const { turns } = this.parts;
    for (let from = 0; from < count; from += eventsBetweenLooks) {
      if (turns.isOver) await turns.next();
      const to = Math.min(count, from + eventsBetweenLooks);
      for (let at = from; at < to; at++) work(at);
    }
  }

  /** Forgets what was folded since the last commit. */
  #fallBack(): void {
    this.#documents.discard();
    this.#place = this.#committed;
    this.#nothingWaits();
  }

  #nothingWaits(): void {
    this.#folded = 0;
    this.#passedOver = 0;
    this.#newlyParked = [];
  }

  async #define(): Promise<void> {
    const physical = physicalNames(this.projection, this.name);
    const collections = this.projection.collections.map(({ name, indexes }) => ({
      name: physical.get(name) ?? name,
      indexes,
    }));
    await this.parts.documentStore.define([parkedCollection, ...collections]);
  }

  /** Stands in every commit, whether the checkpoint moves or not: it keeps out whoever was taken over from. */
  #stampAt(place: Place): DocumentCommit {
    return { checkpoint: { name: this.key, value: place === 'start' ? place : formatPosition(place) } };
  }

  #warn(fields: object, message: string): void {
    this.parts.logger.warn({ processor: this.projection.name, ...fields }, message);
  }
}

export interface ForgottenPage {
  readonly changed: number;
  /** Absent after the last document. */
  readonly next?: DocumentCursor;
}

/** Names a build's checkpoint and its parked events. */
export function buildKey(projection: string, { version, generation }: BuildName): string {
  return `${projection}.v${version}.${generation}`;
}

/** Physical names of a build's collections by their logical ones. */
export function physicalNames(
  projection: Projection,
  { version, generation }: BuildName,
): ReadonlyMap<string, string> {
  return new Map(projection.collections.map(({ name }) => [name, `${name}.v${version}.${generation}`]));
}

/** An event failed; documents it changed in place are not to be kept. */
class FoldFailed extends Error {}
