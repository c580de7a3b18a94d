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
}

/** Nearly everyone has decided nothing: they share one entry, and cost their name in memory. */
export const undecided: ConsentEntry = { state: initialState, revision: -1n };
const eventsAtATime = 1000;

/**
 * The latest states in memory. This process is the only writer of consent streams, so that what is in memory is what
 * stands. @param most entries kept, least recently used dropped first
 */
export function createConsentStates(eventStore: EventStore, most: number): ConsentStates {
  const entries = new LRUCache<string, ConsentEntry>({ max: most });
  /** The end of what is under way for a person: one read or change at a time. */
  const underWay = new Map<string, Promise<unknown>>();

  function inTurn(
    tenantId: string,
    subject: string,
    work: (entry: ConsentEntry) => Promise<ConsentEntry>,
  ): Promise<ConsentEntry> {
    const name = consentStreamName(tenantId, subject);
    const run = async () => {
      try {
        const entry = await work(entries.get(name) ?? (await load(eventStore, name)));
        entries.set(name, entry);
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
    known: (tenantId, subject) => entries.get(consentStreamName(tenantId, subject))?.state,
    read: (tenantId, subject) => inTurn(tenantId, subject, async (entry) => entry),
    change: inTurn,
    async forget(tenantId, subject) {
      await underWay.get(consentStreamName(tenantId, subject))?.catch(() => undefined);
      entries.delete(consentStreamName(tenantId, subject));
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
