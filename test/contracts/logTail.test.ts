import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { LogTailReader } from '../../src/eventStore/embedded/logTail.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { testFolder } from '../support/testFolder.js';
import { eventStoreContract } from './eventStore.js';

const folder = testFolder(t);
let opened = 0;

eventStoreContract(t, 'the embedded event store, read along as from another thread,', async () => {
  opened += 1;
  const store = await openEmbeddedEventStore({ folder: join(folder, String(opened)), clock: Date.now });
  const reader = new LogTailReader(store.tail());
  const along: EventStore = {
    maxAppendBytes: store.maxAppendBytes,
    appendToStream: (...args) => store.appendToStream(...args),
    readStream: (...args) => store.readStream(...args),
    getStreamMetadata: (name) => store.getStreamMetadata(name),
    setStreamMetadata: (...args) => store.setStreamMetadata(...args),
    deleteStream: (...args) => store.deleteStream(...args),
    tombstoneStream: (...args) => store.tombstoneStream(...args),
    head: () => reader.head(),
    readAll: (options) => reader.readAll(options),
    subscribeToAll: (options) => reader.subscribeToAll(options),
    async close() {
      await reader.close();
      await store.close();
    },
  };
  return along;
});
