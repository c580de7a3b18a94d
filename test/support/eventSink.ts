import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage } from '../../src/commands/incomingMessage.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { UserEvent } from '../../src/domain/journey/events.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { sealedTextsIn, withOpened } from '../../src/queries/sealedValues.js';
import { testWriteKey } from './serverProcess.js';
import { startTestWaymark } from './waymark.js';
import { allEvents } from './writeSide.js';

/** The whole product as a client sees it, and what its journeys hold of what the client sent. */
export interface EventSink {
  readonly url: string;
  readonly writeKey: string;
  /** Everything that arrived, in the order of its recording. Throws where something was rejected. */
  arrived(): Promise<readonly IncomingMessage[]>;
  close(): Promise<void>;
}

export async function startEventSink(): Promise<EventSink> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-sink-'));
  const waymark = await startTestWaymark(folder);
  return {
    url: waymark.url,
    writeKey: testWriteKey,
    async arrived() {
      const events = await allEvents(waymark.stores.eventStore);
      const texts = [...sealedTextsIn(events)];
      const values = await waymark.application.openSealed('default', texts);
      const opened = new Map(texts.map((text, at) => [text, values[at] ?? null]));
      return messagesIn(withOpened(events, opened) as typeof events);
    },
    async close() {
      await waymark.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const kinds: Readonly<Record<UserEvent['type'], IncomingMessage['kind']>> = {
  PageViewed: 'page',
  ScreenViewed: 'screen',
  ActionTracked: 'track',
  TraitsIdentified: 'identify',
  GroupJoined: 'group',
  AliasDeclared: 'alias',
};

/** What journeys record, turned back into the messages it came from. */
function messagesIn(events: readonly Recorded<DomainEvent>[]): IncomingMessage[] {
  const owners = new Map<string, { userId: string } | { anonymousId: string }>();
  const messages: IncomingMessage[] = [];
  for (const { event, streamName, metadata } of events) {
    if (event.type === 'MessagesRejected') throw new Error(`rejected: ${event.data.messages[0]?.reason}`);
    if (event.type === 'JourneyStarted') {
      const { kind, identity } = event.data;
      owners.set(streamName, kind === 'user' ? { userId: identity } : { anonymousId: identity });
    }
    if (!isUserEvent(event)) continue;
    const { sessionId: _, interaction: __, video: ___, linkedTo: ____, ...content } = event.data;
    messages.push({
      index: messages.length,
      kind: kinds[event.type],
      messageId: metadata.messageId,
      occurredAt: metadata.occurredAt,
      ...owners.get(streamName),
      ...content,
    });
  }
  return messages;
}

function isUserEvent(event: DomainEvent): event is UserEvent {
  return event.type in kinds;
}

/** Polls until `count` events have arrived; then those are all that have. */
export async function arrivals(sink: EventSink, count: number): Promise<readonly IncomingMessage[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const messages = await sink.arrived();
    if (messages.length >= count) return messages;
    if (Date.now() > deadline) throw new Error(`only ${messages.length} of ${count} events arrived`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
