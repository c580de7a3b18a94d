import type {
  Document,
  DocumentCommit,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import { wireNamesOf } from '../eventStore/codec.js';
import { type EventStore, formatPosition, parsePosition } from '../eventStore/eventStore.js';
import type { EventBatch, Place } from './eventFeed.js';
import { type ProcessorLogger, reasonOf } from './failure.js';
import { behindParkedEvent, ParkedEvents, parkedCollection, type RetryResult } from './parkedEvents.js';
import type { DocumentKey, ParkedEvent, Projection } from './processor.js';
import type { Turns } from './turns.js';
import { WorkingSet } from './workingSet.js';

/** Events that a projection passes over before its checkpoint is stored all the same. */
const passedOverAtMost = 20_000;
const dueAtATime = 200;
const noKeys: readonly DocumentKey[] = [];
const eventsBetweenLooks = 32;

export interface BuildParts {
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly documentStore: DocumentStore;
  readonly turns: Turns;
  readonly logger: ProcessorLogger;
  now(): number;
}

/** One set of documents of a projection; a rebuild makes another beside it. */
export interface BuildName {
  readonly version: number;
  /** Counts the builds of a projection, whatever their version. */
  readonly generation: number;
}

/**
 * Folds events into one set of documents. A batch's documents, parked events and checkpoint are one commit.
 * Every method must have ended before the next is called.
 */
export class ProjectionBuild {
  readonly key: string;
  readonly parked: ParkedEvents;
  readonly #wireNames: ReadonlySet<string>;
  readonly #documents: WorkingSet;
  #place: Place = 'start';
  #passedOver = 0;

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
    );
    this.#wireNames = wireNamesOf(projection.eventTypes);
    this.#documents = new WorkingSet(parts.documentStore, physicalNames(projection, name));
  }

  /** Behind the last event that was processed. */
  get place(): Place {
    return this.#place;
  }

  /** Declares the collections and goes to the stored checkpoint, also after a failure. */
  async load(): Promise<void> {
    const { documentStore } = this.parts;
    const physical = physicalNames(this.projection, this.name);
    await documentStore.define([
      parkedCollection,
      ...this.projection.collections.map(({ name, indexes }) => ({
        name: physical.get(name) ?? name,
        indexes,
      })),
    ]);
    this.#documents.discard();
    const checkpoint = await documentStore.getCheckpoint(this.key);
    this.#place = (checkpoint === undefined ? undefined : parsePosition(checkpoint)) ?? 'start';
    this.#passedOver = 0;
    await this.parked.load();
  }

  async process(batch: EventBatch): Promise<void> {
    const events = batch.select(this.#wireNames);
    if (events.length === 0) return this.#passOver(batch);
    try {
      await this.#foldAndCommit(events, batch.next, false);
    } catch (error) {
      this.#documents.discard();
      if (!(error instanceof FoldFailed)) throw error;
      await this.#foldAndCommit(events, batch.next, true);
    }
  }

  /** Stores the checkpoint of events that were passed over. */
  async save(): Promise<void> {
    if (this.#passedOver === 0) return;
    await this.parts.documentStore.commit(this.#checkpointAt(this.#place));
    this.#passedOver = 0;
  }

  retry(id: string): Promise<RetryResult> {
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

  /** Takes all documents that are due at `now` over the boundaries they have passed. */
  async advanceClock(now: number): Promise<void> {
    const { clock } = this.projection;
    if (clock === undefined) return;
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
        await documentStore.commit({ puts });
      }
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /** @throws FoldFailed at the first event that fails, unless it is to be careful: then it parks and goes on */
  async #foldAndCommit(
    events: readonly Recorded<DomainEvent>[],
    next: Place,
    careful: boolean,
  ): Promise<void> {
    const unnamed = await this.#nameDocuments(events, careful);
    await this.#documents.load();
    const parked: ParkedEvent[] = [];
    const poisoned = new Set<string>();
    const { turns } = this.parts;
    let at = -1;
    for (const recorded of events) {
      at += 1;
      if ((at + 1) % eventsBetweenLooks === 0 && turns.isOver) await turns.next();
      const { streamName } = recorded;
      if (this.parked.has(streamName) || poisoned.has(streamName)) {
        parked.push(this.parked.documentOf(recorded, behindParkedEvent));
        continue;
      }
      this.#documents.turnTo(at);
      const restore = careful ? this.#documents.snapshot() : undefined;
      try {
        if (unnamed.has(at)) throw unnamed.get(at);
        this.projection.evolve(recorded, this.#documents);
      } catch (error) {
        if (restore === undefined) throw new FoldFailed();
        restore();
        poisoned.add(streamName);
        parked.push(this.parked.documentOf(recorded, reasonOf(error)));
        this.#warn(
          { eventType: recorded.event.type, position: formatPosition(recorded.position), err: error },
          'event parked',
        );
      }
    }
    await this.#commit(parked, next);
  }

  /** @returns what `keys` threw, by the event's place */
  async #nameDocuments(
    events: readonly Recorded<DomainEvent>[],
    careful: boolean,
  ): Promise<ReadonlyMap<number, unknown>> {
    const failures = new Map<number, unknown>();
    const { turns } = this.parts;
    let at = -1;
    for (const recorded of events) {
      at += 1;
      if ((at + 1) % eventsBetweenLooks === 0 && turns.isOver) await turns.next();
      try {
        this.#documents.name(this.parked.has(recorded.streamName) ? noKeys : this.projection.keys(recorded));
      } catch (error) {
        if (!careful) throw new FoldFailed();
        failures.set(at, error);
        this.#documents.name([]);
      }
    }
    return failures;
  }

  async #commit(parked: readonly ParkedEvent[], next: Place): Promise<void> {
    const { puts, deletes } = this.#documents.changes(this.projection.complete);
    for (const document of parked) puts.push({ collection: parkedCollection.name, document });
    await this.parts.documentStore.commit({ puts, deletes, ...this.#checkpointAt(next) });
    this.#documents.committed();
    this.parked.stored(parked);
    this.#place = next;
    this.#passedOver = 0;
  }

  async #passOver(batch: EventBatch): Promise<void> {
    this.#place = batch.next;
    this.#passedOver += batch.length;
    if (this.#passedOver >= passedOverAtMost) await this.save();
  }

  #checkpointAt(place: Place): Pick<DocumentCommit, 'checkpoint'> {
    return place === 'start' ? {} : { checkpoint: { name: this.key, value: formatPosition(place) } };
  }

  #warn(fields: object, message: string): void {
    this.parts.logger.warn({ processor: this.projection.name, ...fields }, message);
  }
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
