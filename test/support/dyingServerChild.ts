import { openStores, type Stores } from '../../src/composition/stores.js';
import { startOn } from '../../src/composition/waymark.js';
import { readConfiguration } from '../../src/config.js';
import { createLogger } from '../../src/http/logger.js';

/** The program of `startDyingServer`. The step stands in the first argument, or comes as a message. */
let deadly = process.argv[2];

function passes(step: string): Promise<void> | undefined {
  if (step !== deadly) return undefined;
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** The same stores, which say what they do. */
function watched(stores: Stores): Stores {
  const { eventStore, documentStore, keyStore, ledger, openExportArchive } = stores;
  const append = eventStore.appendToStream.bind(eventStore);
  const tombstone = eventStore.tombstoneStream.bind(eventStore);
  const setMetadata = eventStore.setStreamMetadata.bind(eventStore);
  Object.assign(eventStore, {
    async appendToStream(...[name, events, expected]: Parameters<typeof append>) {
      for (const { type } of events) await passes(`appending ${type}`);
      const appended = await append(name, events, expected);
      for (const { type } of events) await passes(`appended ${type}`);
      return appended;
    },
    async tombstoneStream(...about: Parameters<typeof tombstone>) {
      await tombstone(...about);
      await passes('tombstone');
    },
    async setStreamMetadata(...about: Parameters<typeof setMetadata>) {
      await setMetadata(...about);
      await passes('metadata');
    },
  });
  const commit = documentStore.commit.bind(documentStore);
  Object.assign(documentStore, {
    async commit(changes: Parameters<typeof commit>[0]) {
      await commit(changes);
      for (const { collection } of changes.deletes ?? []) await passes(`deleting ${logical(collection)}`);
      for (const { collection } of changes.puts ?? []) await passes(`putting ${logical(collection)}`);
    },
  });
  const destroy = keyStore.destroy.bind(keyStore);
  Object.assign(keyStore, {
    async destroy(...about: Parameters<typeof destroy>) {
      await destroy(...about);
      await passes('keys');
    },
  });
  const add = ledger.add.bind(ledger);
  Object.assign(ledger, {
    async add(...about: Parameters<typeof add>) {
      await add(...about);
      await passes('ledger');
    },
  });
  return {
    ...stores,
    // Projections in this thread, where their commits are seen.
    embedded: undefined,
    openExportArchive: async () => watchedArchive(await openExportArchive()),
  };
}

type Archive = Awaited<ReturnType<Stores['openExportArchive']>>;

function watchedArchive(archive: Archive): Archive {
  return {
    ...archive,
    async begin(entry) {
      await archive.begin(entry);
      await passes('export begun');
    },
    async store(entry, key, content) {
      const bytes = await archive.store(entry, key, halved(content));
      await passes('export stored');
      return bytes;
    },
  };
}

async function* halved(content: AsyncIterable<Buffer>) {
  let pieces = 0;
  for await (const piece of content) {
    yield piece;
    pieces += 1;
    if (pieces === 3) await passes('export half stored');
  }
}

/** Without the version and the generation of a build. */
function logical(collection: string): string {
  return collection.replace(/\.v\d+\.\d+$/, '');
}

process.on('message', (step) => {
  deadly = String(step);
  process.send?.('armed');
});
const configuration = readConfiguration();
const log = createLogger(configuration.logLevel);
const { url, stop } = await startOn(watched(await openStores(configuration, log)), configuration, log);
console.log(`listens on ${url}`);
process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
