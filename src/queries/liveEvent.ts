import type { DomainEvent } from '../domain/domainEvent.js';
import type { InterventionDelivered } from '../domain/intervention/events.js';
import type { Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { formatPosition, type RecordedEvent } from '../eventStore/eventStore.js';
import type { InboxMessage } from './inbox.js';
import { topicsOf } from './liveTopics.js';

export interface LiveEvent {
  readonly recorded: Recorded<DomainEvent>;
  readonly position: string;
  /** Of an `InterventionDelivered`: the message, while it still waits for its reader. */
  readonly message?: InboxMessage;
}

/** The event with those of its topics that are wanted; undefined where none is. */
export function wantedEvent(stored: RecordedEvent, wanted: { has(topic: string): boolean }) {
  const recorded = decode(stored);
  if (recorded === undefined) return undefined;
  const topics = topicsOf(recorded).filter((topic) => wanted.has(topic));
  return topics.length === 0 ? undefined : { recorded, topics };
}

export function isDelivery(recorded: Recorded<DomainEvent>): recorded is Recorded<InterventionDelivered> {
  return recorded.event.type === 'InterventionDelivered';
}

export function toLiveEvent(recorded: Recorded<DomainEvent>, message: InboxMessage | undefined): LiveEvent {
  const position = formatPosition(recorded.position);
  return message === undefined ? { recorded, position } : { recorded, position, message };
}
