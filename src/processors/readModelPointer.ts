import type { CollectionDefinition, Document, DocumentStore } from '../documentStore/documentStore.js';
import type { Projection } from './processor.js';
import { type BuildName, physicalNames } from './projectionBuild.js';

const pointers: CollectionDefinition = { name: 'readModels', indexes: [] };

/** A build as stored: its collections are named, since the projection in code may have others by now. */
export interface StoredBuild extends BuildName {
  /** Physical names by logical ones. */
  readonly collections: Readonly<Record<string, string>>;
}

/** Which build of a projection is served, which one is being made, and which are to be removed. */
export interface ReadModelPointer extends Document {
  readonly live: StoredBuild;
  readonly next: StoredBuild | null;
  readonly retired: readonly StoredBuild[];
  /** The last generation given away. Never given twice: the checkpoint of a removed build stays behind. */
  readonly lastGeneration: number;
}

export async function loadPointer(store: DocumentStore, projection: Projection): Promise<ReadModelPointer> {
  await store.define([pointers]);
  const stored = await store.get<ReadModelPointer>(pointers.name, projection.name);
  if (stored !== undefined) return stored;
  const first = { version: projection.version, generation: 1 };
  const live = describe(projection, first);
  return storePointer(store, { id: projection.name, live, next: null, retired: [], lastGeneration: 1 });
}

/** Without a claim on it: only of a new installation anything is written, and by one instance alone. */
export async function openPointer(store: DocumentStore, projection: Projection): Promise<ReadModelPointer> {
  await store.define([pointers]);
  const stored = await store.get<ReadModelPointer>(pointers.name, projection.name);
  if (stored !== undefined) return stored;
  await store.getCheckpoint(stampName(projection.name));
  return loadPointer(store, projection);
}

/** @throws CheckpointMoved where another instance has claimed it since this one did */
export async function storePointer(
  store: DocumentStore,
  pointer: ReadModelPointer,
): Promise<ReadModelPointer> {
  await store.commit({ puts: [{ collection: pointers.name, document: pointer }], ...stampOf(pointer) });
  return pointer;
}

/** Whoever ran the projection before can change the pointer no more. To be called before it is loaded. */
export async function claimPointer(store: DocumentStore, projection: string): Promise<void> {
  const name = stampName(projection);
  const value = (await store.getCheckpoint(name)) ?? '0';
  await store.commit({ checkpoint: { name, value } });
}

function stampOf({ id, lastGeneration }: ReadModelPointer) {
  return { checkpoint: { name: stampName(id), value: `${lastGeneration}` } };
}

function stampName(projection: string): string {
  return `readModel.${projection}`;
}

/** Begins a build of the version in code beside the live one. */
export function withNextBuild(pointer: ReadModelPointer, projection: Projection): ReadModelPointer {
  const generation = pointer.lastGeneration + 1;
  return {
    ...pointer,
    next: describe(projection, { version: projection.version, generation }),
    retired: pointer.next === null ? pointer.retired : [...pointer.retired, pointer.next],
    lastGeneration: generation,
  };
}

/** The build that was made is served from now on. */
export function swapped(pointer: ReadModelPointer): ReadModelPointer {
  if (pointer.next === null) return pointer;
  return { ...pointer, live: pointer.next, next: null, retired: [...pointer.retired, pointer.live] };
}

function describe(projection: Projection, name: BuildName): StoredBuild {
  return { ...name, collections: Object.fromEntries(physicalNames(projection, name)) };
}
