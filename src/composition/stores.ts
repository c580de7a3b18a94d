import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { Configuration } from '../config.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import {
  type EmbeddedEventStore,
  openEmbeddedEventStore,
} from '../eventStore/embedded/embeddedEventStore.js';
import {
  type AccessKeyFile,
  type GivenKey,
  openAccessKeyFile,
} from '../integrations/embedded/accessKeyFile.js';
import { openErasureLedgerFile } from '../integrations/embedded/erasureLedgerFile.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import type { EmbeddedKeyStore } from '../integrations/embedded/keyFile.js';
import { openSigningKey, type SigningKey } from '../integrations/embedded/signingKey.js';
import { type DocumentStoreEngine, openDocumentStore } from './documentStores.js';
import { openKeyFolder } from './keyFolder.js';

/** The data folder, opened: nothing runs yet. */
export interface Stores {
  readonly eventStore: EmbeddedEventStore;
  readonly documentStore: DocumentStore;
  readonly documentStoreEngine: DocumentStoreEngine;
  readonly keyStore: EmbeddedKeyStore;
  readonly ledger: ErasureLedger;
  readonly signingKey: SigningKey;
  close(): Promise<void>;
}

/** What was opened is closed again where something after it cannot be. @throws FolderInUse, FolderUnusable, EventLogDamaged, DocumentStoreUnavailable, KeyStoreUnavailable */
export async function openStores(configuration: Configuration, log: Logger): Promise<Stores> {
  const { dataFolder } = configuration;
  const lock = await lockFolder(dataFolder);
  const closings: (() => Promise<void>)[] = [() => lock.release()];
  const close = async () => {
    for (const closeOne of closings.splice(0).reverse()) await closeOne();
  };
  try {
    const keyStore = await openKeyFolder(configuration);
    closings.push(() => keyStore.close());
    const signingKey = await openSigningKey(join(dataFolder, 'signing.key'));
    const eventStore = await openEmbeddedEventStore({
      folder: join(dataFolder, 'events'),
      clock: Date.now,
      onRepair: (torn) =>
        log.warn(torn, 'removed a commit that a crash had cut short; it was never acknowledged'),
    });
    closings.push(() => eventStore.close());
    const { documentStore, engine: documentStoreEngine } = await openDocumentStore(configuration, log);
    closings.push(() => documentStore.close());
    return {
      eventStore,
      documentStore,
      documentStoreEngine,
      keyStore,
      ledger: openErasureLedgerFile(configuration.erasureLedger ?? join(dataFolder, 'erasures.jsonl')),
      signingKey,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface FirstKeys {
  readonly writeKey: string;
  readonly adminToken: string;
}

/** The installation's keys, with those that the environment gives. */
export function openKeys(configuration: Configuration): AccessKeyFile {
  return openAccessKeyFile({ path: keyPath(configuration), given: givenKeys(configuration), now: Date.now });
}

/**
 * On the very first start, where the environment gives no keys either: makes them. Their secrets are told this once, so
 * this comes when nothing can go wrong any more.
 */
export async function makeFirstKeys(
  configuration: Configuration,
  keys: AccessKeyFile,
): Promise<FirstKeys | undefined> {
  const { writeKey, adminToken } = configuration;
  if (existsSync(keyPath(configuration)) || writeKey !== undefined || adminToken !== undefined)
    return undefined;
  return {
    writeKey: (await keys.create('write')).secret,
    adminToken: (await keys.create('administrator')).secret,
  };
}

function keyPath({ dataFolder }: Configuration): string {
  return join(dataFolder, 'keys.json');
}

function givenKeys({ writeKey, adminToken }: Configuration): GivenKey[] {
  const given: GivenKey[] = [];
  if (writeKey !== undefined) given.push({ secret: writeKey, role: 'write' });
  if (adminToken !== undefined) given.push({ secret: adminToken, role: 'administrator' });
  return given;
}
