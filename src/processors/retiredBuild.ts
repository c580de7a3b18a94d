import type { DocumentStore } from '../documentStore/documentStore.js';
import { parkedCollection } from './parkedEvents.js';
import { buildKey } from './projectionBuild.js';
import type { StoredBuild } from './readModelPointer.js';

const parkedAtATime = 500;

/** Removes what a build stored. May be repeated. */
export async function removeBuild(
  store: DocumentStore,
  projection: string,
  build: StoredBuild,
): Promise<void> {
  for (const collection of Object.values(build.collections)) await store.drop(collection);
  const where = { owner: buildKey(projection, build) };
  for (;;) {
    const { documents } = await store.find(parkedCollection.name, { where, limit: parkedAtATime });
    if (documents.length === 0) return;
    await store.commit({ deletes: documents.map(({ id }) => ({ collection: parkedCollection.name, id })) });
  }
}
