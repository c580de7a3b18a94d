import type { ErasureCommand } from '../domain/erasure/commands.js';
import { decide } from '../domain/erasure/decide.js';
import { type ErasureState, evolve, initialState } from '../domain/erasure/evolve.js';
import { erasureStreamName } from '../domain/erasure/streamName.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { EventMetadata } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted } from '../eventStore/eventStore.js';
import type { KeyStore } from '../keyStore/keyStore.js';
import type { ErasureLedger } from './erasureLedger.js';
import type { Journeys } from './journeys.js';
import type { DueRequest, Fulfilment, FulfilRequest } from './personRights.js';

export interface ErasureDependencies {
  readonly eventStore: EventStore;
  readonly keyStore: KeyStore;
  readonly journeys: Pick<Journeys, 'suspend'>;
  readonly ledger: ErasureLedger;
  /** All journeys of a person, by their links; the subject alone where nothing was recorded. */
  readonly journeysOf: (tenantId: string, subject: string) => Promise<readonly string[]>;
  /** The streams about these persons beside their journeys: their interventions. Asked before anything is purged. */
  readonly streamsAbout: (tenantId: string, subjects: readonly string[]) => Promise<readonly string[]>;
  /** Removes documents, snapshots and parked events; resolves when none is left. */
  readonly purge: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  /** Documents that still name one of the subjects. */
  readonly remaining: (tenantId: string, subjects: readonly string[]) => Promise<number>;
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

/**
 * Erases a person: suppress, destroy the keys, purge the read models, delete the streams, verify, sign. Every step can be
 * repeated, so that after a crash all of it is done again and ends the same; the beginning is recorded first, because once
 * the streams are gone nobody can tell which journeys were the person's.
 *
 * Messages that were proposed and not delivered are cancelled by the destroyed key: nobody can read them to a channel.
 */
export function createErasePerson(dependencies: ErasureDependencies): FulfilRequest {
  const { eventStore, keyStore, journeys, ledger } = dependencies;

  return async (request) => {
    const { tenantId, requestId } = request;
    const state = await begin(request);
    if (state.status === 'erased') return fulfilmentOf(state);
    const { subjects } = state;
    await journeys.suspend(tenantId, subjects);
    const erasedAt = dependencies.now();
    // First the ledger: what stands in it is erased again wherever an older copy of the data is opened.
    await ledger.add({ tenantId, requestId, subjects, erasedAt });
    await keyStore.destroy(tenantId, subjects, erasedAt);
    await removeTraces(dependencies, tenantId, subjects);
    const verified = await verifyErased(dependencies, tenantId, subjects);
    const remarks = verified.filter(({ holds }) => !holds).map(({ check }) => `Not confirmed: ${check}.`);
    const receipt = dependencies.sign({
      tenantId,
      requestId,
      subjects: [...subjects],
      erasedAt: new Date(erasedAt).toISOString(),
      verified,
      remains,
    });
    const done = { type: 'CompleteErasure', requestId, erasedAt, remarks, receipt } as const;
    return fulfilmentOf(await execute(request, done));
  };

  async function begin(request: DueRequest): Promise<Exclude<ErasureState, { status: 'none' }>> {
    const { tenantId, requestId } = request;
    const known = (await load(tenantId, requestId)).state;
    if (known.status !== 'none') return known;
    const found = await Promise.all(request.subjects.map((one) => dependencies.journeysOf(tenantId, one)));
    const subjects = [...new Set(found.flat())];
    return execute(request, { type: 'BeginErasure', requestId, subjects });
  }

  async function load(tenantId: string, requestId: string) {
    let state: ErasureState = initialState;
    const { events } = await eventStore.readStream(erasureStreamName(tenantId, requestId), { maxCount: 10 });
    for (const stored of events) {
      const event = decode(stored)?.event;
      if (event?.type === 'ErasureBegun' || event?.type === 'PersonErased') state = evolve(state, event);
    }
    return { state, expected: events.at(-1)?.revision ?? ('noStream' as const) };
  }

  async function execute(
    { tenantId, requestId }: DueRequest,
    command: ErasureCommand,
  ): Promise<Exclude<ErasureState, { status: 'none' }>> {
    const { state, expected } = await load(tenantId, requestId);
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
    const result = events.reduce(evolve, state);
    if (result.status === 'none') throw new Error('an erasure ended before it began');
    return result;
  }
}

type Traces = Pick<ErasureDependencies, 'eventStore' | 'streamsAbout' | 'purge'>;

/** What is left of a person whose keys are destroyed: documents and streams. Repeatable. */
export async function removeTraces(
  { eventStore, streamsAbout, purge }: Traces,
  tenantId: string,
  subjects: readonly string[],
): Promise<void> {
  const about = await streamsAbout(tenantId, subjects);
  // First the streams, so that nothing is recorded any more that would make a document anew.
  for (const streamName of [...about, ...subjects.map((subject) => journeyStreamName(tenantId, subject))]) {
    if (!(await isDeleted(eventStore, streamName))) await eventStore.tombstoneStream(streamName, 'any');
  }
  await purge(tenantId, subjects);
}

/** Whether anything of these persons is left, or came back. */
export async function verifyErased(
  { eventStore, keyStore, remaining }: Pick<ErasureDependencies, 'eventStore' | 'keyStore' | 'remaining'>,
  tenantId: string,
  subjects: readonly string[],
): Promise<ErasureStatement['verified']> {
  const keys = await Promise.all(subjects.map((subject) => keyStore.find(tenantId, subject)));
  const streams = await Promise.all(
    subjects.map((subject) => isDeleted(eventStore, journeyStreamName(tenantId, subject))),
  );
  const documents = await remaining(tenantId, subjects);
  return [
    { check: 'every key is destroyed', holds: keys.every((key) => key?.is === 'destroyed') },
    { check: 'every journey is deleted', holds: streams.every(Boolean) },
    { check: 'no read model names the person', holds: documents === 0 },
  ];
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

function fulfilmentOf(state: ErasureState): Fulfilment {
  if (state.status !== 'erased') throw new Error('an erasure was answered before it was recorded');
  const { remarks, receipt } = state.outcome;
  return {
    outcome: remarks.length === 0 ? 'completed' : 'partially_completed',
    remarks,
    result: { receipt },
  };
}
