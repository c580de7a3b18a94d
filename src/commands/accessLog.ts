import { type AccessEvent, type Actor, maxSubjectsOfRead } from '../domain/access/events.js';
import { accessStreamName } from '../domain/access/streamName.js';
import { CodedError } from '../domain/errors.js';
import { encode } from '../eventStore/codec.js';
import type { EventData, EventStore } from '../eventStore/eventStore.js';
import { callMetadata } from './callMetadata.js';
import { createOwnStreams } from './ownStreams.js';

export interface PersonalRead {
  /** Default: `read`. */
  readonly kind?: 'read' | 'handled';
  readonly tenantId: string;
  readonly actor: Actor;
  /** The route's name. */
  readonly action: string;
  readonly purpose: string;
  readonly ticket?: string;
  readonly opened?: boolean;
  /** Pseudonyms of everyone whose personal values were opened. */
  readonly subjects: readonly string[];
  /** Names the request. */
  readonly correlationId: string;
}

export interface AccessLog {
  /**
   * Records that personal values were opened. Await it before the values leave: it resolves when the record is durable,
   * so that no crash makes a read that nobody knows of. A read that opened nobody's values records nothing.
   * @throws CodedError `store-unavailable`: then the values must not be shown
   */
  record(read: PersonalRead): Promise<void>;
}

/** Reads in one append. */
const appendedAtOnce = 200;

export function createAccessLog(options: {
  readonly eventStore: EventStore;
  /** Names the streams: must be new each time an instance starts. */
  readonly instanceId: string;
  readonly newId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Reads that may wait for the store at once, over all tenants; more are refused. */
  readonly maxWaiting?: number;
}): AccessLog {
  const { eventStore, instanceId, newId, now, maxWaiting = 10_000 } = options;
  const append = createOwnStreams(
    eventStore,
    (tenantId) => accessStreamName(tenantId, instanceId),
    appendedAtOnce,
  );
  let waiting = 0;

  async function record(read: PersonalRead): Promise<void> {
    const events = eventsOf(read);
    if (events.length === 0) return;
    if (waiting >= maxWaiting) throw unavailable();
    waiting += 1;
    try {
      await append(read.tenantId, events);
    } catch {
      throw unavailable();
    } finally {
      waiting -= 1;
    }
  }

  function eventsOf({
    kind = 'read',
    tenantId,
    actor,
    action,
    purpose,
    ticket,
    opened,
    subjects,
    correlationId,
  }: PersonalRead): EventData[] {
    const everyone = [...new Set(subjects)];
    const recordedAt = now();
    const events: EventData[] = [];
    for (let from = 0; from < everyone.length; from += maxSubjectsOfRead) {
      const some = everyone.slice(from, from + maxSubjectsOfRead);
      const event: AccessEvent = {
        type: kind === 'read' ? 'PersonalDataRead' : 'PersonalDataHandled',
        data: {
          ...{ actor, action, purpose },
          ...(ticket !== undefined && { ticket }),
          ...(opened !== undefined && { opened }),
          subjects: some,
          count: everyone.length,
        },
      };
      const metadata = callMetadata(tenantId, correlationId, recordedAt);
      events.push(encode({ id: newId(), event, metadata }));
    }
    return events;
  }

  return { record };
}

function unavailable(): CodedError {
  return new CodedError(
    'store-unavailable',
    'Reads of personal data are recorded before they are answered, and that cannot be done now. Try again later.',
  );
}
