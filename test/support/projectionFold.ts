import type { Document } from '../../src/documentStore/documentStore.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { EventMetadata, Recorded } from '../../src/domain/metadata.js';
import type { Documents, Projection } from '../../src/processors/processor.js';

/** A subject of 32 hex digits, the same for the same number, evenly spread as pseudonyms are. */
export function subjectNumber(n: number): string {
  let text = '';
  for (let part = 1; part <= 4; part++) {
    let mixed = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(part, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    text += ((mixed ^ (mixed >>> 15)) >>> 0).toString(16).padStart(8, '0');
  }
  return text;
}

/** `at`: when it occurred; recorded at the same time unless said otherwise. */
export function recorded(
  event: DomainEvent,
  streamName: string,
  at: number,
  metadata: Partial<EventMetadata> = {},
): Recorded<DomainEvent> {
  return {
    id: '00000000-0000-4000-8000-000000000000',
    streamName,
    revision: 0n,
    position: { commit: 0n, prepare: 0n },
    event,
    metadata: {
      messageId: 'm',
      correlationId: 'c',
      causationId: 'm',
      tenantId: 'default',
      schemaVersion: 1,
      occurredAt: at,
      recordedAt: at,
      source: 'segment',
      ...metadata,
    },
  };
}

/**
 * Runs a projection as strictly as a runner may: `evolve` sees only the documents its `keys` named, and after each
 * batch everything goes through JSON, as it would through a store. The events are deeply frozen.
 */
export function foldStrictly(
  projection: Projection,
  events: readonly Recorded<DomainEvent>[],
  batchSize: number = events.length,
): Record<string, Record<string, Document>> {
  const stored = new Map<string, Map<string, string>>(
    projection.collections.map(({ name }) => [name, new Map()]),
  );
  for (let from = 0; from < events.length; from += batchSize) {
    const loaded = new Map<string, Document | undefined>();
    for (const event of events.slice(from, from + batchSize)) {
      if (projection.eventTypes.includes(event.event.type))
        evolveOnly(projection, deepFreeze(event), stored, loaded);
    }
    for (const [key, document] of loaded) {
      const [collection, id] = splitKey(key);
      if (document !== undefined) projection.complete?.(collection, document);
      if (document === undefined) stored.get(collection)?.delete(id);
      else stored.get(collection)?.set(id, JSON.stringify(document));
    }
  }
  return Object.fromEntries(
    [...stored].map(([collection, documents]) => [
      collection,
      Object.fromEntries([...documents].sort(byKey).map(([id, text]) => [id, JSON.parse(text) as Document])),
    ]),
  );
}

/** @throws Error where the fold left no such document */
export function documentOf<D extends Document>(
  folded: Record<string, Record<string, Document>>,
  collection: string,
  id: string,
): D {
  const document = folded[collection]?.[id];
  if (document === undefined) throw new Error(`the fold left no ${id} in ${collection}`);
  // The test names the type of the documents of the projection it has run.
  return document as D;
}

/** Lists of entries in an order of their own, for folds that may have met the entries in another order. */
export function withoutListOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map(withoutListOrder);
    return entries.some((entry) => typeof entry !== 'object')
      ? entries
      : entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(byKey)
      .map(([name, field]) => [name, withoutListOrder(field)]),
  );
}

function evolveOnly(
  projection: Projection,
  event: Recorded<DomainEvent>,
  stored: ReadonlyMap<string, ReadonlyMap<string, string>>,
  loaded: Map<string, Document | undefined>,
): void {
  const named = new Set(projection.keys(event).map(({ collection, id }) => keyOf(collection, id)));
  for (const key of named) {
    if (loaded.has(key)) continue;
    const [collection, id] = splitKey(key);
    const text = stored.get(collection)?.get(id);
    loaded.set(key, text === undefined ? undefined : (JSON.parse(text) as Document));
  }
  const checked = (collection: string, id: string) => {
    const key = keyOf(collection, id);
    if (!named.has(key)) throw new Error(`${projection.name} reached for a document it did not name`);
    return key;
  };
  const documents: Documents = {
    get<D extends Document>(collection: string, id: string) {
      if (projection.putOnly?.includes(collection))
        throw new Error(`${projection.name} reached for a document of ${collection}, which is only put`);
      return loaded.get(checked(collection, id)) as D | undefined;
    },
    put: (collection, document) => void loaded.set(checked(collection, document.id), document),
    delete: (collection, id) => void loaded.set(checked(collection, id), undefined),
  };
  projection.evolve(event, documents);
}

function keyOf(collection: string, id: string): string {
  return `${collection}\n${id}`;
}

function splitKey(key: string): [string, string] {
  const at = key.indexOf('\n');
  return [key.slice(0, at), key.slice(at + 1)];
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) deepFreeze(field);
  }
  return value;
}
