import { CheckpointMoved, type DocumentStore } from '../../src/documentStore/documentStore.js';
import { delegate } from './processorRig.js';

/**
 * Views of one store, as instances of their own have: a commit under a checkpoint that another view has committed under
 * since this one read it or committed under it is refused, as the port demands.
 */
export function fencedViews(store: DocumentStore): () => DocumentStore {
  const counts = new Map<string, number>();
  const countOf = (name: string) => counts.get(name) ?? 0;
  return () => {
    const known = new Map<string, number>();
    return {
      ...delegate(store),
      async getCheckpoint(name) {
        const value = await store.getCheckpoint(name);
        known.set(name, countOf(name));
        return value;
      },
      async commit(commit) {
        const name = commit.checkpoint?.name;
        if (name !== undefined) {
          if ((known.get(name) ?? countOf(name)) !== countOf(name)) throw new CheckpointMoved(name);
          counts.set(name, countOf(name) + 1);
          known.set(name, countOf(name));
        }
        await store.commit(commit);
      },
    };
  };
}
