import type { Document, DocumentStore } from './documentStore.js';

const collection = 'journeySnapshots';

interface SnapshotDocument<S> extends Document {
  readonly snapshot: S;
}

/** Snapshots of streams as documents: a cache that may be dropped at any time. */
export async function openDocumentSnapshots<S>(documentStore: DocumentStore): Promise<{
  load(streamName: string): Promise<S | undefined>;
  save(streamName: string, snapshot: S): Promise<void>;
  remove(streamNames: readonly string[]): Promise<void>;
}> {
  await documentStore.define([{ name: collection, indexes: [] }]);
  return {
    async load(streamName) {
      return (await documentStore.get<SnapshotDocument<S>>(collection, streamName))?.snapshot;
    },
    async save(streamName, snapshot) {
      const document: SnapshotDocument<S> = { id: streamName, snapshot };
      await documentStore.commit({ puts: [{ collection, document }] });
    },
    async remove(streamNames) {
      await documentStore.commit({ deletes: streamNames.map((id) => ({ collection, id })) });
    },
  };
}
