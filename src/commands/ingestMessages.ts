import type { IngestionEvent, RejectedMessage } from '../domain/ingestion/events.js';
import type { JourneyCommand } from '../domain/journey/commands.js';
import type { IdentityKind } from '../domain/journey/events.js';
import { comparePositions, type Position } from '../domain/metadata.js';
import { type EventStore, formatPosition } from '../eventStore/eventStore.js';
import type {
  CheckMessages,
  IncomingMessage,
  IngestMessages,
  IngestRequest,
  IngestResult,
} from './incomingMessage.js';
import type { IngestionLog } from './ingestionLog.js';
import type { JourneyCause, Journeys } from './journeys.js';
import { type QuarantineDependencies, quarantine, type SubjectOf } from './quarantine.js';

/** Owners of owners that are followed. */
const longestChain = 8;

export interface IngestionDependencies extends QuarantineDependencies {
  readonly journeys: Journeys;
  readonly ingestionLog: IngestionLog;
  readonly eventStore: EventStore;
}

/**
 * The door of the write side: a batch is grouped by journey, each group decided and appended, all side by side; what
 * did not enter a journey is recorded beside them. Everything is durable when the answer leaves.
 */
export function createIngestMessages(dependencies: IngestionDependencies): IngestMessages {
  const { journeys, ingestionLog, eventStore, subjectOf } = dependencies;

  return async (request) => {
    const { tenantId, correlationId, source, receivedAt, messages } = request;
    const cause: JourneyCause = { correlationId, recordedAt: receivedAt, source };
    const groups = groupBySubject(request, subjectOf);
    const outcomes = await settleAll(
      [...groups].map(([subject, commands]) => journeys.execute(tenantId, subject, commands, cause)),
    );
    let accepted = 0;
    let erased = 0;
    let position: Position | undefined;
    for (const outcome of outcomes) {
      if (outcome.erased) erased += outcome.changed.length;
      for (const changed of outcome.changed) if (changed) accepted++;
      position = later(position, outcome.position);
    }
    const counts = { accepted, suppressed: erased, duplicates: messages.length - accepted - erased };

    const links = messages.filter(declaresLink).map((message) => link(message, request, cause));
    const leftOver = leftOvers(counts, await quarantine(dependencies, request));
    const log = leftOver.length > 0 ? [ingestionLog.record(tenantId, leftOver, cause)] : [];
    for (const further of await settleAll([...links, ...log])) position = later(position, further);

    position ??= await eventStore.head();
    return answer(request, counts, position);
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
    const { userId = '', occurredAt } = message;
    const owner = await ownerOf(tenantId, subjectOf(tenantId, 'user', userId));
    const { kind, identity } = await earlierIdentity(tenantId, message);
    const subject = subjectOf(tenantId, kind, identity);
    if (owner === undefined || subject === owner) return undefined;
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
    return later(linked.position, added.position);
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

/** What `createIngestMessages` would answer, found without writing. */
export function createCheckMessages(dependencies: IngestionDependencies): CheckMessages {
  const { journeys, eventStore, subjectOf } = dependencies;

  return async (request) => {
    const groups = groupBySubject(request, subjectOf);
    const counts = await settleAll(
      [...groups].map(([subject, commands]) => {
        const ids = new Set(commands.map(({ message }) => message.messageId));
        return journeys.inspect(request.tenantId, subject, ({ messageIds }) => {
          let known = 0;
          for (const id of ids) if (messageIds.has(id)) known++;
          return ids.size - known;
        });
      }),
    );
    const accepted = counts.reduce((sum, count) => sum + count, 0);
    const duplicates = request.messages.length - accepted;
    const position = await eventStore.head();
    return answer(request, { accepted, suppressed: 0, duplicates }, position);
  };
}

/** Whatever is neither accepted, suppressed nor rejected is a duplicate: the account of a request always adds up. */
interface Counts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly suppressed: number;
}

function answer({ rejected }: IngestRequest, counts: Counts, position: Position | undefined): IngestResult {
  return {
    ...counts,
    rejected: rejected.map(({ index, messageId, code, message }) => ({ index, messageId, code, message })),
    position: position === undefined ? null : formatPosition(position),
  };
}

type TrackEvent = Extract<JourneyCommand, { type: 'TrackEvent' }>;

/** A user's journey where there is a user id, else the anonymous one: which it is follows from the message alone. */
function groupBySubject(
  { tenantId, messages }: IngestRequest,
  subjectOf: SubjectOf,
): Map<string, TrackEvent[]> {
  const groups = new Map<string, TrackEvent[]>();
  for (const message of messages) {
    const subject =
      message.userId === undefined
        ? subjectOf(tenantId, 'anonymous', message.anonymousId ?? '')
        : subjectOf(tenantId, 'user', message.userId);
    const command: TrackEvent = { type: 'TrackEvent', message: withImpersonalId(message, subject) };
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [command]);
    else group.push(command);
  }
  return groups;
}

/** Ids shorter than this stand in any text by chance, and tell nothing where they do. */
const shortestTellingId = 4;

/** Some clients make message ids of the user's: as it stands in metadata and answers, the pseudonym takes that one's place. */
function withImpersonalId(message: IncomingMessage, subject: string): IncomingMessage {
  const { messageId, userId, anonymousId } = message;
  let id = messageId;
  for (const personal of [userId, anonymousId]) {
    if (personal !== undefined && personal.length >= shortestTellingId && id.includes(personal))
      id = id.replaceAll(personal, subject.slice(0, 16));
  }
  return id === messageId ? message : { ...message, messageId: id };
}

function declaresLink({ kind, userId, anonymousId, previousId }: IncomingMessage): boolean {
  if (userId === undefined) return false;
  return (kind === 'identify' && anonymousId !== undefined) || (kind === 'alias' && previousId !== undefined);
}

function leftOvers(
  { duplicates, suppressed }: Counts,
  rejected: readonly RejectedMessage[],
): IngestionEvent[] {
  const events: IngestionEvent[] = [];
  if (duplicates > 0) events.push({ type: 'DuplicatesDropped', data: { count: duplicates } });
  if (suppressed > 0)
    events.push({ type: 'MessagesSuppressed', data: { count: suppressed, reason: 'erased' } });
  for (const entry of rejected) events.push({ type: 'MessagesRejected', data: { messages: [entry] } });
  return events;
}

/** Waits for all, then throws the first failure: no append goes on behind an answer that says it failed. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  try {
    return await Promise.all(promises);
  } catch (error) {
    await Promise.allSettled(promises);
    throw error;
  }
}

function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) < 0 ? b : a;
}
