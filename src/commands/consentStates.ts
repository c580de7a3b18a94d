import { LRUCache } from 'lru-cache';
import { isConsentEvent } from '../domain/consent/events.js';
import { type ConsentState, evolve, initialState } from '../domain/consent/evolve.js';
import { consentStreamName } from '../domain/consent/streamName.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted } from '../eventStore/eventStore.js';

/** What a person's consent stream says, as of a revision; -1 where there is none. */
export interface ConsentEntry {
  readonly state: ConsentState;
  readonly revision: bigint;
}

/** How it is known that what is in memory still stands. */
export interface ConsentCurrency {
  /** Whether everything that was recorded up to `validFor` milliseconds ago has been told by `recorded`. */
  isInStep(): boolean;
  /** Milliseconds for which an entry stands after it was read, whatever others record. */
  readonly validFor: number;
}

/** Where no other process records consents. */
export const soleWriter: ConsentCurrency = { isInStep: () => true, validFor: 0 };

export interface ConsentStates {
  /** From memory, without a wait; undefined where it has to be read first. */
  known(tenantId: string, subject: string): ConsentState | undefined;
  read(tenantId: string, subject: string): Promise<ConsentEntry>;
  /**
   * Changes one person's entry while nobody else reads or changes it: what `change` resolves with is known to all from
   * then on. Where it rejects, the entry is forgotten and read again.
   */
  change(
    tenantId: string,
    subject: string,
    change: (entry: ConsentEntry) => Promise<ConsentEntry>,
  ): Promise<ConsentEntry>;
  /** Drops an entry: it is read again when it is next needed. */
  forget(tenantId: string, subject: string): Promise<void>;
  /** Something was recorded in this stream, here or by another instance: an older entry is dropped. */
  recorded(streamName: string, revision: bigint): void;
  /** Drops everything. */
  forgetAll(): void;
}

interface Known {
  readonly entry: ConsentEntry;
  readonly readAt: number;
}

/** Nearly everyone has decided nothing: they share one entry, and cost their name in memory. */
export const undecided: ConsentEntry = { state: initialState, revision: -1n };
const eventsAtATime = 1000;

/**
 * The latest states in memory, each used only while it is known to be no older than `currency` allows.
 * @param most entries kept, least recently used dropped first
 */
export function createConsentStates(
  eventStore: EventStore,
  most: number,
  currency: ConsentCurrency = soleWriter,
): ConsentStates {
  // Not `max`, with which the library makes room for all of them at once: 10 ms at every start.
  const entries = new LRUCache<string, Known>({ maxSize: most, sizeCalculation: () => 1 });
  /** The end of what is under way for a person: one read or change at a time. */
  const underWay = new Map<string, Promise<unknown>>();

  function current(name: string): Known | undefined {
    const known = entries.get(name);
    if (known === undefined) return undefined;
    const stands = currency.isInStep() || performance.now() - known.readAt < currency.validFor;
    return stands ? known : undefined;
  }

  function inTurn(
    tenantId: string,
    subject: string,
    work: (entry: ConsentEntry) => Promise<ConsentEntry>,
  ): Promise<ConsentEntry> {
    const name = consentStreamName(tenantId, subject);
    const run = async () => {
      try {
        const known = current(name) ?? {
          readAt: performance.now(),
          entry: await load(eventStore, name),
        };
        const entry = await work(known.entry);
        entries.set(name, { entry, readAt: known.readAt });
        return entry;
      } catch (error) {
        entries.delete(name);
        throw error;
      }
    };
    const before = underWay.get(name);
    const result = before === undefined ? run() : before.then(run, run);
    underWay.set(name, result);
    const settle = () => {
      if (underWay.get(name) === result) underWay.delete(name);
    };
    result.then(settle, settle);
    return result;
  }

  return {
    known: (tenantId, subject) => current(consentStreamName(tenantId, subject))?.entry.state,
    read: (tenantId, subject) => inTurn(tenantId, subject, async (entry) => entry),
    change: inTurn,
    async forget(tenantId, subject) {
      await underWay.get(consentStreamName(tenantId, subject))?.catch(() => undefined);
      entries.delete(consentStreamName(tenantId, subject));
    },
    recorded(streamName, revision) {
      const drop = () => {
        const known = entries.peek(streamName);
        if (known !== undefined && known.entry.revision < revision) entries.delete(streamName);
      };
      drop();
      // What is just being read may have been read before that.
      underWay.get(streamName)?.then(drop, drop);
    },
    forgetAll() {
      entries.clear();
      for (const [name, reading] of underWay)
        reading.finally(() => entries.delete(name)).catch(() => undefined);
    },
  };
}

/** A tombstoned (erased) stream is as one that never was. */
async function load(eventStore: EventStore, streamName: string): Promise<ConsentEntry> {
  let { state, revision } = undecided;
  for (;;) {
    const { events, lastRevision } = await readFrom(eventStore, streamName, revision + 1n);
    for (const stored of events) {
      revision = stored.revision;
      const recorded = decode(stored);
      if (recorded !== undefined && isConsentEvent(recorded.event)) {
        state = evolve(state, recorded.event, recorded.id);
      }
    }
    if (lastRevision === undefined || events.length === 0 || revision >= lastRevision) break;
  }
  return revision < 0n ? undecided : { state, revision };
}

async function readFrom(eventStore: EventStore, streamName: string, from: bigint) {
  try {
    return await eventStore.readStream(streamName, { from, maxCount: eventsAtATime });
  } catch (error) {
    if (error instanceof StreamDeleted) return { events: [], lastRevision: undefined };
    throw error;
  }
}
