import type { Test } from 'tap';
import type { DocumentStore } from '../../src/documentStore/documentStore.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';

import { loadPointer } from '../../src/processors/readModelPointer.js';
import { allProjections } from '../../src/projections/all.js';
import { dump, openRig } from './processorRig.js';

/**
 * What the document store serves is what a fold of all events from scratch gives. No instance may be folding.
 * @param erased pseudonyms of whom nothing may be told
 * @returns the documents of each collection, as text
 */
export async function sameReadModels(
  t: Test,
  store: EventStore,
  documents: DocumentStore,
  erased: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const fresh = await openRig(t);
  fresh.now = Date.now();
  const processors = fresh.processors({ eventStore: store, projections: allProjections });
  await processors.start();
  await processors.caughtUp();
  // Their events stay in the log until it is scavenged.
  if (erased.length > 0) await processors.purge('default', erased);
  const all = new Map<string, string>();
  for (const projection of allProjections) {
    const { live } = await loadPointer(documents, projection);
    for (const { name } of projection.collections) {
      const served = await dump(documents, live.collections[name] ?? name);
      t.equal(served, await dump(fresh.documentStore, processors.liveCollection(name)), name);
      all.set(name, served);
    }
  }
  await processors.stop();
  return all;
}
