import type { Logger } from 'pino';
import type { Configuration } from '../config.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import type { LogTail } from '../eventStore/embedded/logTail.js';
import type { EventStore } from '../eventStore/eventStore.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { type DocumentFolder, type DocumentStoreEngine, openDocumentStore } from './documentStores.js';
import { type EventStoreEngine, openEventStore } from './eventStores.js';
import { type Installation, openFolderInstallation } from './installation.js';
import type { openMongoInstallation } from './mongoInstallation.js';
import { openSharing, type Sharing } from './sharing.js';

/** The data folder, the engines and what the installation shares, opened: nothing runs yet. */
export interface Stores extends Installation {
  readonly eventStore: EventStore;
  readonly eventStoreEngine: EventStoreEngine;
  readonly documentStore: DocumentStore;
  readonly documentStoreEngine: DocumentStoreEngine;
  readonly sharing: Sharing;
  /** Where both stores are files of this process. */
  readonly embedded: EmbeddedStores | undefined;
}

/** What another thread of this process needs to work on the same stores. */
export interface EmbeddedStores extends DocumentFolder {
  /** For one more reader of the log, which has to be closed before the stores. */
  tail(): LogTail;
}

/**
 * What was opened is closed again where something after it cannot be.
 * @throws FolderInUse, FolderUnusable, EventLogDamaged, EventStoreUnavailable, DocumentStoreUnavailable, KeyStoreUnavailable
 */
export async function openStores(configuration: Configuration, log: Logger): Promise<Stores> {
  const { dataFolder, keysUrl } = configuration;
  const lock = await lockFolder(dataFolder);
  const closings: (() => Promise<void>)[] = [() => lock.release()];
  const close = async () => {
    for (const closeOne of closings.splice(0).reverse()) await closeOne();
  };
  try {
    // In a folder the keys come first: whether it has events already says whether keys may be made.
    const inFolder = keysUrl === undefined ? await openFolderInstallation(configuration) : undefined;
    if (inFolder !== undefined) closings.push(() => inFolder.close());
    const { eventStore, tail, engine: eventStoreEngine } = await openEventStore(configuration, log);
    closings.push(() => eventStore.close());
    const {
      documentStore,
      inFolder: documents,
      engine: documentStoreEngine,
    } = await openDocumentStore(configuration, log);
    closings.push(() => documentStore.close());
    const mayBegin = async () => !(await eventStore.head());
    const installation = inFolder ?? (await openShared(configuration, keysUrl ?? '', mayBegin, log));
    if (inFolder === undefined) closings.push(() => installation.close());
    const sharing = await openSharing(configuration, log);
    closings.push(() => sharing.close());
    return {
      ...installation,
      eventStore,
      eventStoreEngine,
      documentStore,
      documentStoreEngine,
      sharing,
      embedded: tail && documents && { tail, ...documents },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShared(...about: Parameters<typeof openMongoInstallation>): Promise<Installation> {
  const mongoInstallation = await import('./mongoInstallation.js');
  return mongoInstallation.openMongoInstallation(...about);
}
