import { type Actor, maxSubjectsOfRead, type PersonalDataRead } from '../domain/access/events.js';
import { accessStreamName } from '../domain/access/streamName.js';
import { CodedError } from '../domain/errors.js';
import { encode } from '../eventStore/codec.js';
import type { EventData, EventStore } from '../eventStore/eventStore.js';
import { appendInChunks } from './appendInChunks.js';

export interface PersonalRead {
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

interface Waiting {
  readonly events: readonly EventData[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** This instance's own stream of a tenant, to which nobody else writes; one append at a time. */
interface Lane {
  readonly streamName: string;
  revision: bigint;
  waiting: Waiting[];
  busy: boolean;
}

/** Events in one append. */
const appendedAtOnce = 200;

/**
 * Reads that come while an append is under way share the next one, so that many at once cost no more commits than one,
 * and one alone waits for no timer.
 */
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
  const lanes = new Map<string, Lane>();
  let waiting = 0;

  async function record(read: PersonalRead): Promise<void> {
    const events = eventsOf(read);
    if (events.length === 0) return;
    if (waiting >= maxWaiting) throw unavailable();
    waiting += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        const lane = laneOf(read.tenantId);
        lane.waiting.push({ events, resolve, reject });
        if (!lane.busy) void run(lane);
      });
    } catch {
      throw unavailable();
    } finally {
      waiting -= 1;
    }
  }

  function eventsOf({
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
      const event: PersonalDataRead = {
        type: 'PersonalDataRead',
        data: {
          ...{ actor, action, purpose },
          ...(ticket !== undefined && { ticket }),
          ...(opened !== undefined && { opened }),
          subjects: some,
          count: everyone.length,
        },
      };
      const metadata = {
        messageId: correlationId,
        correlationId,
        causationId: correlationId,
        tenantId,
        schemaVersion: 1,
        occurredAt: recordedAt,
        recordedAt,
      };
      events.push(encode({ id: newId(), event, metadata }));
    }
    return events;
  }

  function laneOf(tenantId: string): Lane {
    let lane = lanes.get(tenantId);
    if (lane === undefined) {
      lane = { streamName: accessStreamName(tenantId, instanceId), revision: -1n, waiting: [], busy: false };
      lanes.set(tenantId, lane);
    }
    return lane;
  }

  async function run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.waiting.length > 0) {
      const together = lane.waiting.splice(0, appendedAtOnce);
      try {
        const expected = lane.revision < 0n ? 'noStream' : lane.revision;
        const groups = together.flatMap(({ events }) => events.map((event) => [event]));
        lane.revision = (await appendInChunks(eventStore, lane.streamName, groups, expected)).revision;
        for (const one of together) one.resolve();
      } catch (error) {
        for (const one of together) one.reject(error);
        await readBackRevision(lane).catch(() => undefined);
      }
    }
    lane.busy = false;
  }

  /** After a failure it is not known how much was written. */
  async function readBackRevision(lane: Lane): Promise<void> {
    const { lastRevision } = await eventStore.readStream(lane.streamName, {
      direction: 'backwards',
      maxCount: 1,
    });
    lane.revision = lastRevision ?? -1n;
  }

  return { record };
}

function unavailable(): CodedError {
  return new CodedError(
    'store-unavailable',
    'Reads of personal data are recorded before they are answered, and that cannot be done now. Try again later.',
  );
}
