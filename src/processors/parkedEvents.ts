import type {
  CollectionDefinition,
  DocumentCommit,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { CodedError } from '../domain/errors.js';
import type { Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, formatPosition, StreamDeleted } from '../eventStore/eventStore.js';
import { documentsAbout } from './documentsAbout.js';
import { isUnavailable, reasonOf } from './failure.js';
import { personIn } from './personIn.js';
import type { ParkedEvent } from './processor.js';

export const parkedCollection: CollectionDefinition = {
  name: 'parkedEvents',
  indexes: [['owner'], ['owner', 'streamName'], ['tenantId', 'subject']],
};

export const behindParkedEvent = 'behind-parked-event';

/** As stored. Two builds of one projection each have their own. */
interface StoredParkedEvent extends ParkedEvent {
  readonly owner: string;
  readonly tenantId: string;
  /** Pseudonym of the person it is about, with whom it goes; null where it is about nobody. */
  readonly subject: string | null;
}

const eventsAtATime = 100;

/** The events that one reactor, or one build of a projection, could not process, and those that wait behind them. */
export class ParkedEvents {
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(
    readonly documentStore: DocumentStore,
    readonly eventStore: Pick<EventStore, 'readStream'>,
    readonly processor: string,
    readonly owner: string,
    readonly now: () => number,
    /** Goes into each commit of a retry: fences off whoever no longer does this work. */
    readonly stamp: () => DocumentCommit = () => ({}),
  ) {}

  get total(): number {
    return this.#total;
  }

  /** Whether events of this stream have to wait. */
  has(streamName: string): boolean {
    return this.#total > 0 && this.#counts.has(streamName);
  }

  async load(): Promise<void> {
    this.#counts.clear();
    this.#total = 0;
    let after: DocumentCursor | undefined;
    do {
      const page: DocumentPage<StoredParkedEvent> = await this.#page({ owner: this.owner }, after);
      this.stored(page.documents);
      after = page.next;
    } while (after !== undefined);
  }

  async list({
    limit,
    after,
  }: {
    readonly limit: number;
    readonly after?: DocumentCursor;
  }): Promise<DocumentPage<ParkedEvent>> {
    const { documents, next } = await this.#page({ owner: this.owner }, after, limit);
    const shown = documents.map(({ owner: _, tenantId: __, subject: ___, ...event }) => event);
    return { documents: shown, ...(next === undefined ? {} : { next }) };
  }

  /** Removes what is parked about these persons: it is not to be tried again. */
  async forget(tenantId: string, subjects: readonly string[]): Promise<void> {
    if (this.#total === 0) return;
    const about = { name: parkedCollection.name, tenantId, subjects };
    for await (const page of documentsAbout<StoredParkedEvent>(this.documentStore, about)) {
      const own = page.filter(({ owner }) => owner === this.owner);
      await this.documentStore.commit({
        deletes: own.map(({ id }) => ({ collection: parkedCollection.name, id })),
      });
      for (const { streamName } of own) this.#removed(streamName);
    }
  }

  #removed(streamName: string): void {
    const left = (this.#counts.get(streamName) ?? 1) - 1;
    if (left === 0) this.#counts.delete(streamName);
    else this.#counts.set(streamName, left);
    this.#total -= 1;
  }

  /** The document that parks an event; `stored` is told when it is committed. */
  documentOf(recorded: Recorded<DomainEvent>, reason: string): ParkedEvent {
    const { commit, prepare } = recorded.position;
    const place = [commit, prepare].map((part) => part.toString().padStart(20, '0'));
    const document: StoredParkedEvent = {
      id: `${this.owner}-${place.join('-')}`,
      owner: this.owner,
      tenantId: recorded.metadata.tenantId,
      subject: personIn(recorded) ?? null,
      processor: this.processor,
      streamName: recorded.streamName,
      eventType: recorded.event.type,
      position: formatPosition(recorded.position),
      revision: recorded.revision.toString(),
      reason,
      attempts: reason === behindParkedEvent ? 0 : 1,
      parkedAt: this.now(),
    };
    return document;
  }

  stored(events: readonly ParkedEvent[]): void {
    for (const { streamName } of events)
      this.#counts.set(streamName, (this.#counts.get(streamName) ?? 0) + 1);
    this.#total += events.length;
  }

  /**
   * Hands the parked events of the stream that `id` belongs to over again, in their order, up to the first that fails.
   * What `process` returns is committed together with the event's removal.
   * @throws CodedError `not-found`
   */
  async retry(
    id: string,
    process: (recorded: Recorded<DomainEvent>) => Promise<DocumentCommit>,
  ): Promise<RetryResult> {
    const asked = await this.documentStore.get<StoredParkedEvent>(parkedCollection.name, id);
    if (asked?.owner !== this.owner) throw new CodedError('not-found', 'There is no such parked event.');
    const { streamName } = asked;
    let processed = 0;
    for (;;) {
      const { documents } = await this.#page({ owner: this.owner, streamName });
      for (const parked of documents) {
        const failure = await this.#retryOne(parked, process);
        if (failure !== undefined) return { processed, failure };
        processed += 1;
      }
      if (documents.length === 0) return { processed, failure: null };
    }
  }

  async #retryOne(
    parked: StoredParkedEvent,
    process: (recorded: Recorded<DomainEvent>) => Promise<DocumentCommit>,
  ): Promise<string | undefined> {
    const recorded = await this.#read(parked);
    let commit: DocumentCommit = {};
    try {
      if (recorded !== undefined) commit = await process(recorded);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const document = { ...parked, reason: reasonOf(error), attempts: parked.attempts + 1 };
      const puts = [{ collection: parkedCollection.name, document }];
      await this.documentStore.commit({ puts, ...this.stamp() });
      return document.reason;
    }
    const removal = { collection: parkedCollection.name, id: parked.id };
    await this.documentStore.commit({
      ...commit,
      ...this.stamp(),
      deletes: [...(commit.deletes ?? []), removal],
    });
    this.#removed(parked.streamName);
    return undefined;
  }

  /** Undefined where the stream was deleted or truncated meanwhile. */
  async #read({ streamName, revision }: ParkedEvent): Promise<Recorded<DomainEvent> | undefined> {
    const from = BigInt(revision);
    try {
      const { events } = await this.eventStore.readStream(streamName, { from, maxCount: 1 });
      const [event] = events;
      return event?.revision === from ? decode(event) : undefined;
    } catch (error) {
      if (error instanceof StreamDeleted) return undefined;
      throw error;
    }
  }

  #page(
    where: { readonly owner: string; readonly streamName?: string },
    after?: DocumentCursor,
    limit = eventsAtATime,
  ): Promise<DocumentPage<StoredParkedEvent>> {
    const query = { where, limit, ...(after === undefined ? {} : { after }) };
    return this.documentStore.find<StoredParkedEvent>(parkedCollection.name, query);
  }
}

export interface RetryResult {
  readonly processed: number;
  /** Why the first event that is left failed, null where none is left. */
  readonly failure: string | null;
}
