import { type Document, type DocumentStore, DocumentStoreUnavailable } from './documentStore.js';

const collection = 'journeySnapshots';

interface SnapshotDocument<S> extends Document {
  readonly snapshot: S;
}

/** Snapshots of streams as documents: a cache that may be dropped at any time. */
export async function openDocumentSnapshots<S>(documentStore: DocumentStore): Promise<{
  load(streamName: string): Promise<S | undefined>;
  save(snapshots: ReadonlyMap<string, S>): Promise<void>;
  remove(streamNames: readonly string[]): Promise<void>;
}> {
  await documentStore.define([{ name: collection, indexes: [] }]);
  return {
    /** Undefined too while the store cannot be reached: the stream tells the same. */
    async load(streamName) {
      try {
        return (await documentStore.get<SnapshotDocument<S>>(collection, streamName))?.snapshot;
      } catch (error) {
        if (error instanceof DocumentStoreUnavailable) return undefined;
        throw error;
      }
    },
    async save(snapshots) {
      const puts = Array.from(snapshots, ([id, snapshot]) => {
        const document: SnapshotDocument<S> = { id, snapshot };
        return { collection, document };
      });
      await documentStore.commit({ puts });
    },
    async remove(streamNames) {
      await documentStore.commit({ deletes: streamNames.map((id) => ({ collection, id })) });
    },
  };
}
