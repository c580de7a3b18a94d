import { withIsoTimes } from '../../queries/journey.js';
import type { LiveEvent } from '../../queries/liveEvent.js';
import type { LiveChannel } from './channel.js';
import { toInboxMessage } from './protocol.js';

/**
 * One frame an event, whatever channels it belongs to, so that its position alone says what has been received.
 * Where a person's own channel is among them, a delivered message that still waits is shown as the message it is.
 */
export function eventFrame({ recorded, message }: LiveEvent, channels: readonly LiveChannel[]): object {
  const names = channels.map(({ name }) => name);
  if (message !== undefined && channels.some((channel) => 'subject' in channel)) {
    return { type: 'message', channels: names, message: toInboxMessage(message) };
  }
  const { id, event, metadata } = recorded;
  return {
    type: 'event',
    channels: names,
    event: {
      id,
      type: event.type,
      occurredAt: new Date(metadata.occurredAt).toISOString(),
      recordedAt: new Date(metadata.recordedAt).toISOString(),
      correlationId: metadata.correlationId,
      data: withIsoTimes(event.data),
    },
  };
}

/** Counts events by type until they are taken: bounded by the number of types. */
export class EventCounts {
  #counts = new Map<string, number>();

  add(type: string): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  take(): { readonly events: number; readonly counts: Readonly<Record<string, number>> } {
    const counts = Object.fromEntries(this.#counts);
    this.#counts = new Map();
    return { events: Object.values(counts).reduce((sum, count) => sum + count, 0), counts };
  }
}
