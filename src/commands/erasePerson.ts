import { analysisStreamName } from '../domain/analysis/streamName.js';
import type { ErasureCommand } from '../domain/erasure/commands.js';
import { decide } from '../domain/erasure/decide.js';
import { type ErasureState, evolve, initialState } from '../domain/erasure/evolve.js';
import { erasureStreamName } from '../domain/erasure/streamName.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { EventMetadata } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted } from '../eventStore/eventStore.js';
import type { KeyStore } from '../keyStore/keyStore.js';
import { atATime } from './atATime.js';
import type { ErasureLedger } from './erasureLedger.js';
import type { Journeys } from './journeys.js';
import type { DueRequest, Fulfilment, FulfilRequest } from './personRights.js';
import { together } from './together.js';

export interface ErasureDependencies {
  readonly eventStore: EventStore;
  readonly keyStore: KeyStore;
  readonly journeys: Pick<Journeys, 'suspend'>;
  readonly ledger: ErasureLedger;
  /**
   * All journeys that go with each of these suspended persons: their own, and the anonymous ones that became theirs.
   * Whatever is linked to them was linked before the call.
   */
  readonly journeysOf: (
    tenantId: string,
    subjects: readonly string[],
  ) => Promise<Map<string, readonly string[]>>;
  /** Resolves when nothing under way records anything about these persons any more, and read models know all that was. */
  readonly settled: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  /** The streams about these persons beside their journeys: their interventions. Asked before anything is purged. */
  readonly streamsAbout: (tenantId: string, subjects: readonly string[]) => Promise<readonly string[]>;
  /** Removes documents, snapshots and parked events; resolves when none is left. */
  readonly purge: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  /** Those of the subjects that documents still name. */
  readonly remaining: (tenantId: string, subjects: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Signs the receipt. @returns its JSON text */
  readonly sign: (receipt: ErasureStatement) => string;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What a receipt states. */
export interface ErasureStatement {
  readonly tenantId: string;
  readonly requestId: string;
  readonly subjects: string[];
  readonly erasedAt: string;
  /** What was looked at after everything was done, and what came of it. */
  readonly verified: { readonly check: string; readonly holds: boolean }[];
  readonly remains: string[];
}

/** What an erasure leaves, in words for the person. `docs/privacy.md` says why each of it stays. */
const remains: string[] = [
  'pseudonyms, event types and times, until the event log is scavenged',
  'personal values as ciphertext whose keys no longer exist',
  'counts in statistics that name nobody',
  'consent decisions under the pseudonym, as proof of what was lawful',
  'this receipt and the record of the request',
];

/** Persons that are erased together: every read model is looked through once for all of them. */
const personsAtOnce = 2000;
/** Records, receipts and keys on their way at the same time. */
const recordsAtATime = 64;

/** One request on its way, and what it ended with. */
interface Person {
  readonly request: DueRequest;
  state: ErasureState;
  failure: unknown;
}

/**
 * Erases persons: suppress, destroy the keys, purge the read models, delete the streams, verify, sign. Every step can be
 * repeated, so that after a crash all of it is done again and ends the same; the beginning is recorded first, because once
 * the streams are gone nobody can tell which journeys were the person's.
 *
 * Requests that come while an erasure is under way are carried out together, step by step: each has its own records and its
 * own receipt, and where one of them fails at a step of its own the others go on.
 *
 * Messages that were proposed and not delivered are cancelled by the destroyed key: nobody can read them to a channel.
 */
export function createErasePerson(dependencies: ErasureDependencies): FulfilRequest {
  const { eventStore, keyStore, journeys, ledger } = dependencies;
  return together(personsAtOnce, eraseTogether);

  async function eraseTogether(
    requests: readonly DueRequest[],
  ): Promise<readonly PromiseSettledResult<Fulfilment>[]> {
    const persons = requests.map((request): Person => ({ request, state: initialState, failure: undefined }));
    for (const tenantId of new Set(requests.map((request) => request.tenantId))) {
      const own = persons.filter(({ request }) => request.tenantId === tenantId);
      try {
        await eraseOfTenant(tenantId, own);
      } catch (error) {
        for (const person of own) person.failure ??= error;
      }
    }
    return persons.map(({ state, failure }) =>
      state.status === 'erased'
        ? { status: 'fulfilled', value: fulfilmentOf(state) }
        : { status: 'rejected', reason: failure },
    );
  }

  async function eraseOfTenant(tenantId: string, all: readonly Person[]): Promise<void> {
    const begun = await begin(tenantId, all);
    const subjects = subjectsOf(begun);
    if (subjects.length === 0) return;
    const erasedAt = dependencies.now();
    // First the ledger: what stands in it is erased again wherever an older copy of the data is opened.
    const entries = begun.map(({ request: { requestId }, state }) => ({
      tenantId,
      requestId,
      subjects: subjectsIn(state),
      erasedAt,
    }));
    await ledger.add(entries);
    // All at once: they share a write.
    const keyless = await forEach(begun, begun.length, ({ state }) =>
      keyStore.destroy(tenantId, subjectsIn(state), erasedAt),
    );
    await removeTraces(dependencies, tenantId, subjectsOf(keyless));
    const verified = await verifyErased(
      dependencies,
      tenantId,
      keyless.map(({ state }) => subjectsIn(state)),
    );
    await forEach(keyless, recordsAtATime, (person, at) => complete(person, erasedAt, verified[at] ?? []));
  }

  /** Those that are to be erased, suspended, with all of their journeys on record. */
  async function begin(tenantId: string, all: readonly Person[]): Promise<Person[]> {
    const loaded = await forEach(all, recordsAtATime, async (person) => {
      person.state = (await load(person.request)).state;
    });
    const open = loaded.filter(({ state }) => state.status !== 'erased');
    await journeys.suspend(tenantId, subjectsOf(open));
    const fresh = open.filter(({ state }) => state.status === 'none');
    if (fresh.length === 0) return open;
    const named = [...new Set(fresh.flatMap(({ request }) => request.subjects))];
    await journeys.suspend(tenantId, named);
    const found = await dependencies.journeysOf(tenantId, named);
    await journeys.suspend(tenantId, [...found.values()].flat());
    return forEach(open, recordsAtATime, async (person) => {
      if (person.state.status !== 'none') return;
      const { requestId, subjects } = person.request;
      const theirs = [...new Set(subjects.flatMap((one) => found.get(one) ?? [one]))];
      person.state = await execute(person.request, { type: 'BeginErasure', requestId, subjects: theirs });
    });
  }

  async function complete(
    person: Person,
    erasedAt: number,
    verified: ErasureStatement['verified'],
  ): Promise<void> {
    const { tenantId, requestId } = person.request;
    const remarks = verified.filter(({ holds }) => !holds).map(({ check }) => `Not confirmed: ${check}.`);
    const receipt = dependencies.sign({
      tenantId,
      requestId,
      subjects: [...subjectsIn(person.state)],
      erasedAt: new Date(erasedAt).toISOString(),
      verified,
      remains,
    });
    const done = { type: 'CompleteErasure', requestId, erasedAt, remarks, receipt } as const;
    person.state = await execute(person.request, done);
  }

  async function load({ tenantId, requestId }: Pick<DueRequest, 'tenantId' | 'requestId'>) {
    let state: ErasureState = initialState;
    const { events } = await eventStore.readStream(erasureStreamName(tenantId, requestId), { maxCount: 10 });
    for (const stored of events) {
      const event = decode(stored)?.event;
      if (event?.type === 'ErasureBegun' || event?.type === 'PersonErased') state = evolve(state, event);
    }
    return { state, expected: events.at(-1)?.revision ?? ('noStream' as const) };
  }

  async function execute(request: DueRequest, command: ErasureCommand): Promise<ErasureState> {
    const { tenantId, requestId } = request;
    const { state, expected } = await load(request);
    const events = decide(command, state);
    const now = dependencies.now();
    const metadata: EventMetadata = {
      messageId: requestId,
      correlationId: requestId,
      causationId: requestId,
      tenantId,
      schemaVersion: 1,
      occurredAt: now,
      recordedAt: now,
    };
    if (events.length > 0) {
      await eventStore.appendToStream(
        erasureStreamName(tenantId, requestId),
        events.map((event) => encode({ id: dependencies.newId(), event, metadata })),
        expected,
      );
    }
    return events.reduce(evolve, state);
  }
}

/** A step that each takes on its own, `count` at a time. @returns those who came through it, in order */
async function forEach(
  persons: readonly Person[],
  count: number,
  step: (person: Person, at: number) => Promise<void>,
): Promise<Person[]> {
  const limited = atATime(count);
  const settled = await Promise.allSettled(persons.map((person, at) => limited(() => step(person, at))));
  return persons.filter((person, at) => {
    const result = settled[at];
    if (result?.status !== 'rejected') return true;
    person.failure = result.reason;
    return false;
  });
}

function subjectsIn(state: ErasureState): readonly string[] {
  return state.status === 'begun' ? state.subjects : [];
}

function subjectsOf(persons: readonly Person[]): string[] {
  return [...new Set(persons.flatMap(({ state }) => subjectsIn(state)))];
}

type Traces = Pick<ErasureDependencies, 'eventStore' | 'settled' | 'streamsAbout' | 'purge'>;

/** What is left of persons whose keys are destroyed: documents and streams. Repeatable. */
export async function removeTraces(
  { eventStore, settled, streamsAbout, purge }: Traces,
  tenantId: string,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  await settled(tenantId, subjects);
  const about = await streamsAbout(tenantId, subjects);
  const own = subjects.flatMap((subject) => [
    journeyStreamName(tenantId, subject),
    analysisStreamName(tenantId, subject),
  ]);
  const streams = [...about, ...own];
  // First the streams, so that nothing is recorded any more that would make a document anew.
  const limited = atATime(recordsAtATime);
  await Promise.all(
    streams.map((streamName) =>
      limited(async () => {
        if (!(await isDeleted(eventStore, streamName))) await eventStore.tombstoneStream(streamName, 'any');
      }),
    ),
  );
  await purge(tenantId, subjects);
}

/** Whether anything of these persons is left, or came back; of each person in turn. */
export async function verifyErased(
  { eventStore, keyStore, remaining }: Pick<ErasureDependencies, 'eventStore' | 'keyStore' | 'remaining'>,
  tenantId: string,
  persons: readonly (readonly string[])[],
): Promise<ErasureStatement['verified'][]> {
  const named = await remaining(tenantId, [...new Set(persons.flat())]);
  const limited = atATime(recordsAtATime);
  return Promise.all(
    persons.map((subjects) =>
      limited(async () => {
        const keys = await Promise.all(subjects.map((subject) => keyStore.find(tenantId, subject)));
        const streams = await Promise.all(
          subjects.map((subject) => isDeleted(eventStore, journeyStreamName(tenantId, subject))),
        );
        return [
          { check: 'every key is destroyed', holds: keys.every((key) => key?.is === 'destroyed') },
          { check: 'every journey is deleted', holds: streams.every(Boolean) },
          { check: 'no read model names the person', holds: !subjects.some((subject) => named.has(subject)) },
        ];
      }),
    ),
  );
}

async function isDeleted(eventStore: EventStore, streamName: string): Promise<boolean> {
  try {
    const { exists } = await eventStore.readStream(streamName, { direction: 'backwards', maxCount: 1 });
    return !exists;
  } catch (error) {
    if (error instanceof StreamDeleted) return true;
    throw error;
  }
}

function fulfilmentOf({ outcome }: Extract<ErasureState, { status: 'erased' }>): Fulfilment {
  const { remarks, receipt } = outcome;
  return {
    outcome: remarks.length === 0 ? 'completed' : 'partially_completed',
    remarks,
    result: { receipt },
  };
}
