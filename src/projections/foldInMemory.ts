import type { Document } from '../documentStore/documentStore.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import type { Documents, Projection } from '../processors/processor.js';

/** By logical collection name, then by id. */
export type FoldedCollections = ReadonlyMap<string, ReadonlyMap<string, Document>>;

/**
 * Runs a projection over events without a store: for past moments, and to check the stored documents against.
 * Events of other types are passed over. With `asOf` (epoch milliseconds), the clock is advanced to it at the end.
 */
export function foldInMemory(
  projection: Projection,
  events: Iterable<Recorded<DomainEvent>>,
  asOf?: number,
): FoldedCollections {
  const collections = new Map(projection.collections.map(({ name }) => [name, new Map<string, Document>()]));
  const collectionOf = (name: string): Map<string, Document> => {
    const collection = collections.get(name);
    if (collection === undefined)
      throw new Error(`${projection.name} does not declare the collection ${name}`);
    return collection;
  };
  const documents: Documents = {
    // Only the projection itself has put documents here, so it knows their type.
    get: <D extends Document>(name: string, id: string) => collectionOf(name).get(id) as D | undefined,
    put: (name, document) => void collectionOf(name).set(document.id, document),
    delete: (name, id) => void collectionOf(name).delete(id),
  };
  const types = new Set(projection.eventTypes);
  for (const recorded of events) {
    if (types.has(recorded.event.type)) projection.evolve(recorded, documents);
  }
  if (projection.complete !== undefined) {
    for (const [name, collection] of collections) {
      for (const document of collection.values()) projection.complete(name, document);
    }
  }
  if (projection.clock !== undefined && asOf !== undefined) {
    advance(collectionOf(projection.clock.collection), projection.clock, asOf);
  }
  return collections;
}

function advance(
  collection: Map<string, Document>,
  clock: NonNullable<Projection['clock']>,
  asOf: number,
): void {
  for (const document of collection.values()) {
    const due: unknown = Reflect.get(document, clock.dueField);
    if (typeof due === 'number' && due <= asOf) collection.set(document.id, clock.advance(document, asOf));
  }
}
