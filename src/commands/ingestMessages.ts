import type { IngestionEvent, MessagesSuppressed } from '../domain/ingestion/events.js';
import type { TrackEvent } from '../domain/journey/commands.js';
import type { IdentityKind } from '../domain/journey/events.js';
import { laterPosition, type Position } from '../domain/metadata.js';
import { type EventStore, formatPosition } from '../eventStore/eventStore.js';
import { admit, prepareAdmission, speaksOfConsent } from './admission.js';
import type { Consents } from './consents.js';
import type { IncomingMessage, IngestMessages, IngestRequest, IngestResult } from './incomingMessage.js';
import type { IngestionLog } from './ingestionLog.js';
import type { JourneyCause, JourneyOutcome, Journeys } from './journeys.js';
import { impersonalMessageId, type SubjectOf } from './messageIds.js';
import { type QuarantineDependencies, quarantineAll } from './quarantine.js';

interface EarlierJourney {
  readonly subject: string;
  readonly kind: IdentityKind;
  readonly identity: string;
}

/** Owners of owners that are followed. */
const longestChain = 8;

export interface IngestionDependencies extends QuarantineDependencies {
  readonly journeys: Journeys;
  readonly consents: Consents;
  readonly ingestionLog: IngestionLog;
  readonly eventStore: EventStore;
}

/**
 * The door of the write side: a batch is grouped by journey, each group decided and appended, all side by side; what
 * did not enter a journey is recorded beside them. Everything is durable when the answer leaves.
 */
export function createIngestMessages(dependencies: IngestionDependencies): IngestMessages {
  const { journeys, consents, ingestionLog, eventStore, subjectOf } = dependencies;

  return async (request) => {
    const { tenantId, correlationId, source, receivedAt, messages } = request;
    const cause: JourneyCause = { correlationId, recordedAt: receivedAt, source };
    const groups = groupBySubject(request, subjectOf);
    const links = messages.filter(declaresLink);
    const declared =
      links.length === 0 ? [] : await settleAll(links.map((message) => declaredLink(tenantId, message)));
    let position: Position | undefined;
    let admitted = speaksOfConsent(request, declared) ? undefined : admit(consents, tenantId, groups);
    while (admitted === undefined) {
      const prepared = await prepareAdmission(consents, request, groups, declared, cause);
      position = laterPosition(position, prepared);
      admitted = admit(consents, tenantId, groups);
    }
    const { unlinked } = admitted;

    const executing: Promise<JourneyOutcome>[] = [];
    admitted.groups.forEach((group, subject) => {
      const commands = group.map((message) => toCommand(tenantId, message, subjectOf));
      executing.push(journeys.execute(tenantId, subject, commands, cause));
    });
    const outcomes = await settleAll(executing);
    let accepted = 0;
    let erased = 0;
    for (const outcome of outcomes) {
      if (outcome.erased) erased += outcome.changed.length;
      for (const changed of outcome.changed) if (changed) accepted++;
      position = laterPosition(position, outcome.position);
    }
    const suppressed: Suppressed =
      erased > 0 ? new Map([...admitted.suppressed, ['erased', erased]]) : admitted.suppressed;

    const further: Promise<Position | undefined>[] = [];
    for (const message of links) if (!unlinked.has(message)) further.push(link(message, request, cause));
    further.push(...quarantineAll(dependencies, request, cause));
    const leftOver = leftOvers(accepted, suppressed, request);
    if (leftOver.length > 0) further.push(ingestionLog.record(tenantId, leftOver, cause));
    if (further.length > 0)
      for (const recorded of await settleAll(further)) position = laterPosition(position, recorded);

    position ??= await eventStore.head();
    return answer(request, accepted, sumOf(suppressed), position);
  };

  /**
   * First the earlier journey says whose it is, then the user's journey takes note: a refused link leaves no trace. What
   * was linked to the earlier journey comes along. A journey that has an owner stands for it, so that links never form a
   * circle and every journey names the last owner.
   */
  async function link(
    message: IncomingMessage,
    { tenantId }: IngestRequest,
    cause: JourneyCause,
  ): Promise<Position | undefined> {
    const { userId = '' } = message;
    const owner = await ownerOf(tenantId, subjectOf(tenantId, 'user', userId));
    const { kind, identity } = await earlierIdentity(tenantId, message);
    const subject = subjectOf(tenantId, kind, identity);
    if (owner === undefined || subject === owner) return undefined;
    return journeys.beside(tenantId, owner, () =>
      linkTo(owner, message, tenantId, { subject, kind, identity }, cause),
    );
  }

  async function linkTo(
    owner: string,
    { occurredAt }: IncomingMessage,
    tenantId: string,
    { subject, kind, identity }: EarlierJourney,
    cause: JourneyCause,
  ): Promise<Position | undefined> {
    // Nothing new is tied to whom was erased.
    if ((await journeys.execute(tenantId, owner, [], cause)).erased) return undefined;
    const to = { type: 'LinkToUser', userSubject: owner, kind, identity, occurredAt } as const;
    const linked = await journeys.execute(tenantId, subject, [to], cause);
    const { linkedTo, linkedSubjects } = await journeys.inspect(tenantId, subject, (state) => ({
      linkedTo: state.linkedTo,
      linkedSubjects: [...state.linkedSubjects],
    }));
    if (linkedTo !== owner) return linked.position;
    for (const earlier of linkedSubjects) {
      await journeys.execute(tenantId, earlier, [{ ...to, kind: 'anonymous', through: subject }], cause);
    }
    const added = await journeys.execute(
      tenantId,
      owner,
      [subject, ...linkedSubjects].map((linkedSubject) => ({
        type: 'AddLinkedJourney',
        linkedSubject,
        kind,
        occurredAt,
      })),
      cause,
    );
    return laterPosition(linked.position, added.position);
  }

  /** The last of a chain of owners; undefined where it is longer than any honest one. */
  async function ownerOf(tenantId: string, subject: string): Promise<string | undefined> {
    let owner = subject;
    for (let steps = 0; steps < longestChain; steps++) {
      const next = await journeys.inspect(tenantId, owner, ({ linkedTo }) => linkedTo);
      if (next === undefined) return owner;
      owner = next;
    }
    return undefined;
  }

  async function declaredLink(tenantId: string, message: IncomingMessage) {
    const { kind, identity } = await earlierIdentity(tenantId, message);
    return {
      subject: subjectOf(tenantId, 'user', message.userId ?? ''),
      earlier: subjectOf(tenantId, kind, identity),
    };
  }

  /** An alias names an earlier id of either kind: a user's where there is such a journey, else an anonymous one's. */
  async function earlierIdentity(
    tenantId: string,
    { kind, anonymousId = '', previousId = '' }: IncomingMessage,
  ): Promise<{ kind: IdentityKind; identity: string }> {
    if (kind !== 'alias') return { kind: 'anonymous', identity: anonymousId };
    const isUser = await journeys.inspect(
      tenantId,
      subjectOf(tenantId, 'user', previousId),
      ({ started }) => started,
    );
    return { kind: isUser ? 'user' : 'anonymous', identity: previousId };
  }
}

/** Whatever is neither accepted, suppressed nor rejected is a duplicate: the account of a request always adds up. */
export function answer(
  { messages, rejected }: IngestRequest,
  accepted: number,
  suppressed: number,
  position: Position | undefined,
): IngestResult {
  return {
    accepted,
    duplicates: messages.length - accepted - suppressed,
    suppressed,
    rejected: rejected.map(({ index, messageId, code, message }) => ({ index, messageId, code, message })),
    position: position === undefined ? null : formatPosition(position),
  };
}

export function toCommand(tenantId: string, message: IncomingMessage, subjectOf: SubjectOf): TrackEvent {
  const { messageId, userId, anonymousId, previousId } = message;
  const id = impersonalMessageId(tenantId, messageId, [userId, anonymousId, previousId], subjectOf);
  return { type: 'TrackEvent', message: id === messageId ? message : { ...message, messageId: id } };
}

/** A user's journey where there is a user id, else the anonymous one: which it is follows from the message alone. */
export function groupBySubject(
  { tenantId, messages }: IngestRequest,
  subjectOf: SubjectOf,
): Map<string, IncomingMessage[]> {
  const groups = new Map<string, IncomingMessage[]>();
  for (const message of messages) {
    const subject =
      message.userId === undefined
        ? subjectOf(tenantId, 'anonymous', message.anonymousId ?? '')
        : subjectOf(tenantId, 'user', message.userId);
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [message]);
    else group.push(message);
  }
  return groups;
}

export function declaresLink({ kind, userId, anonymousId, previousId }: IncomingMessage): boolean {
  if (userId === undefined) return false;
  return (kind === 'identify' && anonymousId !== undefined) || (kind === 'alias' && previousId !== undefined);
}

type Suppressed = ReadonlyMap<MessagesSuppressed['data']['reason'], number>;

export function sumOf(suppressed: Suppressed): number {
  let sum = 0;
  for (const count of suppressed.values()) sum += count;
  return sum;
}

function leftOvers(accepted: number, suppressed: Suppressed, { messages }: IngestRequest): IngestionEvent[] {
  const events: IngestionEvent[] = [];
  const duplicates = messages.length - accepted - sumOf(suppressed);
  for (const [reason, count] of suppressed) {
    if (count > 0) events.push({ type: 'MessagesSuppressed', data: { count, reason } });
  }
  if (duplicates > 0) events.push({ type: 'DuplicatesDropped', data: { count: duplicates } });
  return events;
}

/** Waits for all, then throws the first failure: no append goes on behind an answer that says it failed. */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  try {
    return await Promise.all(promises);
  } catch (error) {
    await Promise.allSettled(promises);
    throw error;
  }
}
