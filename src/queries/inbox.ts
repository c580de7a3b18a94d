import type { InterventionProposed } from '../domain/intervention/events.js';
import { interventionStreamName, longestInterventionStream } from '../domain/intervention/streamName.js';
import { textOver } from '../domain/intervention/textOver.js';
import { comparePositions, type Position } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, formatPosition, StreamDeleted } from '../eventStore/eventStore.js';
import type { InterventionDocument } from '../projections/interventions/document.js';
import type { DocumentReader } from './documentReader.js';

/** The newest so many are shown; older ones wait until these are acknowledged. */
const messagesAtOnce = 50;

/**
 * A delivered message that nobody has seen, clicked or dismissed, that has not expired, and that its person's consent
 * still covers. Plain text.
 */
export interface InboxMessage {
  /** The intervention's id. */
  readonly id: string;
  /** Pseudonym of the person it is for. */
  readonly subject: string;
  readonly title: string;
  readonly body: string;
  readonly language: string;
  /** Null where something other than a struggle led to it. */
  readonly struggleId: string | null;
  readonly featureId: string | null;
  readonly signalType: string | null;
  readonly severity: string | null;
  /** Epoch milliseconds. */
  readonly deliveredAt: number;
  readonly expiresAt: number;
  /** Of its delivery in the log. */
  readonly position: string;
}

export interface InboxSlice {
  /** In the order of their delivery. */
  readonly messages: readonly InboxMessage[];
  /** All messages delivered up to here are considered, none delivered later; `start` where none was yet. */
  readonly position: string;
}

export interface Inbox {
  /**
   * What waits for these people, at most 50 messages each. The read model finds the messages, their streams say how
   * each stands now.
   */
  unacknowledged(tenantId: string, subjects: readonly string[]): Promise<InboxSlice>;
  /** One message as it stands now; undefined where it is not, or no longer, waiting. */
  message(tenantId: string, interventionId: string): Promise<InboxMessage | undefined>;
}

export interface InboxOptions {
  readonly eventStore: EventStore;
  readonly documents: DocumentReader;
  /** How far the read model of interventions has come. */
  checkpoint(): Promise<Position | undefined>;
  /** Whether the person's consent covers messages in their inbox now. */
  mayShow(tenantId: string, subject: string): Promise<boolean>;
  now(): number;
}

interface Waiting {
  readonly message: InboxMessage;
  readonly position: Position;
}

export function createInbox({ eventStore, documents, checkpoint, mayShow, now }: InboxOptions): Inbox {
  async function find(tenantId: string, interventionId: string): Promise<Waiting | undefined> {
    let proposal: InterventionProposed['data'] | undefined;
    let found: Waiting | undefined;
    for (const stored of await readEvents(interventionStreamName(tenantId, interventionId))) {
      const recorded = decode(stored);
      switch (recorded?.event.type) {
        case 'InterventionProposed':
          proposal = recorded.event.data;
          break;
        case 'InterventionDelivered':
          if (proposal !== undefined && recorded.event.data.channel === 'in_app') {
            const { metadata, position } = recorded;
            const { title, body, language } = textOver(proposal, 'in_app') ?? proposal;
            const shown = { ...proposal, title, body, language };
            found = { position, message: toMessage(shown, metadata.recordedAt, position) };
          }
          break;
        case 'InterventionSeen':
        case 'InterventionClicked':
        case 'InterventionDismissed':
          return undefined;
      }
    }
    if (found === undefined || found.message.expiresAt <= now()) return undefined;
    return (await mayShow(tenantId, found.message.subject)) ? found : undefined;
  }

  async function readEvents(streamName: string) {
    try {
      return (await eventStore.readStream(streamName, { maxCount: longestInterventionStream })).events;
    } catch (error) {
      if (error instanceof StreamDeleted) return [];
      throw error;
    }
  }

  async function waitingFor(tenantId: string, subject: string): Promise<string[]> {
    const { documents: delivered } = await documents.find<InterventionDocument>('interventions', {
      where: { tenantId, subject, status: 'delivered', channel: 'in_app' },
      sort: { field: 'createdAt', direction: 'desc' },
      limit: messagesAtOnce,
    });
    return delivered.map(({ interventionId }) => interventionId);
  }

  return {
    message: async (tenantId, interventionId) => (await find(tenantId, interventionId))?.message,
    async unacknowledged(tenantId, subjects) {
      // Read before the documents: they hold at least what was recorded up to it, and what is newer is left out, so
      // that whoever follows the log from here on meets each message exactly once.
      const position = await checkpoint();
      if (position === undefined) return { messages: [], position: 'start' };
      const waiting = await Promise.all(subjects.map((subject) => waitingFor(tenantId, subject)));
      const found = await Promise.all(waiting.flat().map((interventionId) => find(tenantId, interventionId)));
      const messages = found
        .filter((each) => each !== undefined)
        .filter((each) => comparePositions(each.position, position) <= 0)
        .sort((a, b) => comparePositions(a.position, b.position))
        .map((each) => each.message);
      return { messages, position: formatPosition(position) };
    },
  };
}

function toMessage(
  proposal: InterventionProposed['data'],
  deliveredAt: number,
  position: Position,
): InboxMessage {
  const { interventionId: id, subject, title, body, language, expiresAt } = proposal;
  const { struggleId, featureId, signalType, severity } = proposal;
  return {
    ...{
      id,
      subject,
      title,
      body,
      language,
      struggleId,
      featureId,
      signalType,
      severity,
      deliveredAt,
      expiresAt,
    },
    position: formatPosition(position),
  };
}
