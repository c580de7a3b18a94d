import { randomUUID } from 'node:crypto';
import type { Document } from '../../src/documentStore/documentStore.js';
import { encode } from '../../src/eventStore/codec.js';
import type { EventData, EventStore } from '../../src/eventStore/eventStore.js';
import type { Projection } from '../../src/processors/processor.js';

export interface CountDocument extends Document {
  events: number;
  names: string[];
  /** Order matters: a hash of all names in their order. */
  digest: number;
  due?: number;
}

/** Counts actions in one document a stream and one a name, so that streams meet in documents. */
export function countingProjection(
  options: {
    readonly version?: number;
    /** Throws where an event of this name is folded. */
    readonly poison?: () => string | undefined;
  } = {},
): Projection {
  return {
    name: 'counts',
    version: options.version ?? 1,
    collections: [
      { name: 'counts', indexes: [['events'], ['due']] },
      { name: 'names', indexes: [] },
    ],
    eventTypes: ['ActionTracked'],
    keys: ({ streamName, event }) =>
      event.type === 'ActionTracked'
        ? [
            { collection: 'counts', id: streamName },
            { collection: 'names', id: event.data.name },
          ]
        : [],
    evolve({ streamName, event }, documents) {
      if (event.type !== 'ActionTracked') return;
      const { name } = event.data;
      for (const [collection, id] of [
        ['counts', streamName],
        ['names', name],
      ] as const) {
        const document = documents.get<CountDocument>(collection, id) ?? {
          id,
          events: 0,
          names: [],
          digest: 0,
        };
        document.events += 1;
        document.digest = (document.digest * 31 + name.length + document.events) % 1_000_003;
        if (collection === 'counts') {
          document.names = [...document.names.slice(-3), name];
          document.due = 1000 + document.events;
        }
        documents.put(collection, document);
        // Half of it is done when it throws.
        if (name === options.poison?.()) throw new TypeError(`secret of ${name}`);
      }
    },
  };
}

export function action(name: string): EventData {
  const id = randomUUID();
  return encode({
    id,
    event: { type: 'ActionTracked', data: { sessionId: 's', name } },
    metadata: {
      messageId: id,
      correlationId: id,
      causationId: id,
      tenantId: 'default',
      schemaVersion: 1,
      occurredAt: 1,
      recordedAt: 1,
    },
  });
}

/** An event that `countingProjection` passes over. */
export function sessionEnd(): EventData {
  return { ...action('x'), type: 'session-ended.v1', data: { sessionId: 's' } };
}

/** Appends to the end of a stream, whatever that is. */
export async function appendTo(store: EventStore, stream: string, ...events: readonly EventData[]) {
  return store.appendToStream(stream, events, 'any');
}
