import { setTimeout as wait } from 'node:timers/promises';
import type { ConsentCommand } from '../domain/consent/commands.js';
import { decide, eventOf } from '../domain/consent/decide.js';
import type { ConsentChannel, ConsentEvent, ConsentPurpose } from '../domain/consent/events.js';
import { type ConsentState, evolve } from '../domain/consent/evolve.js';
import { commandsToJoin, commandToCopy } from '../domain/consent/join.js';
import { type ConsentPolicy, mayProcess, type Permission } from '../domain/consent/policy.js';
import { consentStreamName } from '../domain/consent/streamName.js';
import { type EventMetadata, laterPosition, type Position } from '../domain/metadata.js';
import { encode } from '../eventStore/codec.js';
import { type EventStore, StreamDeleted, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { callMetadata } from './callMetadata.js';
import { conflictPause } from './conflictPause.js';
import { type ConsentCurrency, createConsentStates, undecided } from './consentStates.js';
import type { JourneyCause, Journeys } from './journeys.js';

export interface Consents {
  policyOf(tenantId: string): ConsentPolicy;
  /** What stands, from memory, without a wait; undefined where `of` has to read it first. */
  known(tenantId: string, subject: string): ConsentState | undefined;
  /** What stands, the decisions under the person's linked identities among it. @throws EventStoreUnavailable */
  of(tenantId: string, subject: string): Promise<ConsentState>;
  /** Whether a person's data may be used now, and by which decision. */
  mayProcess(
    tenantId: string,
    subject: string,
    purpose: ConsentPurpose | 'sale',
    channel?: ConsentChannel,
  ): Promise<Permission>;
  /**
   * Records decisions of a person, for all identities that are linked to this one. Resolves when they are durable and
   * hold: no message that a withdrawal refuses is accepted after it. Repeating what failed on the way completes it.
   * @throws EventStoreUnavailable
   */
  execute(
    tenantId: string,
    subject: string,
    commands: readonly ConsentCommand[],
    cause: JourneyCause,
  ): Promise<Position | undefined>;
  /** The same of decisions that follow from what stands; nothing happens where none does. */
  heed(
    tenantId: string,
    subject: string,
    commandsFor: (state: ConsentState) => readonly ConsentCommand[],
    cause: JourneyCause,
  ): Promise<Position | undefined>;
  /**
   * Two identities turn out to be one person: what was decided under either holds for both and for all that are linked to
   * them, the stricter first.
   */
  join(tenantId: string, one: string, other: string, cause: JourneyCause): Promise<Position | undefined>;
  /** Drops what is in memory of a person whose stream was deleted. */
  forget(tenantId: string, subject: string): Promise<void>;
  /** To be told what was recorded in consent streams, here and by other instances. */
  readonly recorded: (streamName: string, revision: bigint) => void;
  /** Drops everything in memory. */
  readonly forgetAll: () => void;
}

export interface ConsentsOptions {
  readonly eventStore: EventStore;
  readonly journeys: Journeys;
  readonly settingsOf: (tenantId: string) => ConsentPolicy;
  readonly newId: () => string;
  /** States kept in memory: about 200 bytes each for those who have decided nothing. */
  readonly maxRememberedStates: number;
  /** Where other instances record consents too. */
  readonly currency?: ConsentCurrency;
}

const maxConflicts = 5;
/** Owners of owners that are followed. */
const longestChain = 8;

export function createConsents({
  eventStore,
  journeys,
  settingsOf,
  newId,
  maxRememberedStates,
  currency,
}: ConsentsOptions): Consents {
  const states = createConsentStates(eventStore, maxRememberedStates, currency);

  /** Decided again where another instance recorded something meanwhile. */
  async function record(...decision: Parameters<typeof recordOnce>): Promise<Position | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await recordOnce(...decision);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision) || attempt === maxConflicts) throw error;
        await conflictPause(attempt);
      }
    }
  }

  /** Of an erased person (whose stream is tombstoned) nothing is recorded any more. */
  async function recordOnce(
    tenantId: string,
    subject: string,
    commandsFor: (state: ConsentState) => readonly ConsentCommand[],
    cause: JourneyCause,
  ): Promise<Position | undefined> {
    let position: Position | undefined;
    await states.change(tenantId, subject, async (entry) => {
      const added: { readonly event: ConsentEvent; readonly id: string }[] = [];
      let next = entry.state;
      for (const command of commandsFor(entry.state)) {
        for (const event of decide(command, next)) {
          const id = newId();
          next = evolve(next, event, id);
          added.push({ event, id });
        }
      }
      if (added.length === 0) return entry;
      try {
        const appended = await eventStore.appendToStream(
          consentStreamName(tenantId, subject),
          added.map(({ event, id }) => encode({ id, event, metadata: metadataOf(event, tenantId, cause) })),
          entry.revision < 0n ? 'noStream' : entry.revision,
        );
        position = appended.position;
        return { state: next, revision: appended.revision };
      } catch (error) {
        if (error instanceof StreamDeleted) return undecided;
        throw error;
      }
    });
    return position;
  }

  /** The other identities of a person, by the links of the journeys. */
  async function linkedTo(tenantId: string, subject: string): Promise<Set<string>> {
    const subjects = new Set([subject]);
    let owner = subject;
    for (let steps = 0; steps < longestChain; steps++) {
      const next = await journeys.inspect(tenantId, owner, (state) => state.linkedTo);
      if (next === undefined) break;
      owner = next;
    }
    subjects.add(owner);
    for (const linked of await journeys.inspect(tenantId, owner, (state) => [...state.linkedSubjects])) {
      subjects.add(linked);
    }
    subjects.delete(subject);
    return subjects;
  }

  /**
   * Waits for the messages that were let in before: a look at a journey comes after all that was handed to it, and
   * whoever hands it more has looked at the consent as it stands now.
   */
  async function messagesUnderWay(tenantId: string, subjects: Iterable<string>): Promise<void> {
    await Promise.all([...subjects].map((subject) => journeys.inspect(tenantId, subject, () => undefined)));
  }

  async function heed(
    tenantId: string,
    subject: string,
    commandsFor: (state: ConsentState) => readonly ConsentCommand[],
    cause: JourneyCause,
  ): Promise<Position | undefined> {
    let commands: readonly ConsentCommand[] = [];
    const decideUpon = (state: ConsentState) => {
      commands = commandsFor(state);
      return commands;
    };
    let position = await record(tenantId, subject, decideUpon, cause);
    if (commands.length === 0) return undefined;
    const others = await linkedTo(tenantId, subject);
    const copies = commands.map((command) => commandToCopy(eventOf(command), subject));
    for (const other of others) {
      position = laterPosition(position, await record(tenantId, other, () => copies, cause));
    }
    await messagesUnderWay(tenantId, [subject, ...others]);
    return position;
  }

  /** The two themselves come last: as long as they differ, what failed on the way is done again. */
  async function join(
    tenantId: string,
    one: string,
    other: string,
    cause: JourneyCause,
  ): Promise<Position | undefined> {
    const ofOne = (await states.read(tenantId, one)).state;
    const ofOther = (await states.read(tenantId, other)).state;
    const taken = commandsToJoin(ofOne, ofOther, other);
    if (taken.length === 0 && commandsToJoin(ofOther, ofOne, one).length === 0) return undefined;
    const joined = taken.reduce((state, command) => evolve(state, eventOf(command), ''), ofOne);
    const linked = [...(await linkedTo(tenantId, one)), ...(await linkedTo(tenantId, other))];
    let position: Position | undefined;
    const others = new Set(linked.filter((subject) => subject !== one && subject !== other));
    for (const subject of [...others, one, other]) {
      const from = subject === one ? other : one;
      const recorded = await record(tenantId, subject, (own) => commandsToJoin(own, joined, from), cause);
      position = laterPosition(position, recorded);
    }
    return position;
  }

  return {
    policyOf: settingsOf,
    known: states.known,
    async of(tenantId, subject) {
      return states.known(tenantId, subject) ?? (await states.read(tenantId, subject)).state;
    },
    async mayProcess(tenantId, subject, purpose, channel) {
      const state = states.known(tenantId, subject) ?? (await states.read(tenantId, subject)).state;
      return mayProcess(state, settingsOf(tenantId), purpose, channel);
    },
    async execute(tenantId, subject, commands, cause) {
      const position = await heed(tenantId, subject, () => commands, cause);
      // From then on no instance goes by what stood before.
      if (position !== undefined && currency !== undefined) await wait(currency.validFor);
      return position;
    },
    heed,
    join,
    forget: states.forget,
    recorded: states.recorded,
    forgetAll: states.forgetAll,
  };
}

function metadataOf(
  { data }: ConsentEvent,
  tenantId: string,
  { correlationId, recordedAt, source }: JourneyCause,
): EventMetadata {
  return {
    ...callMetadata(tenantId, correlationId, recordedAt),
    occurredAt: data.decidedAt,
    ...(source === undefined ? undefined : { source }),
  };
}
