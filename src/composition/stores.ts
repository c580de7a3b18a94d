import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { Configuration } from '../config.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import type { EventStore } from '../eventStore/eventStore.js';
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
import { type EventStoreEngine, openEventStore } from './eventStores.js';
import { openKeyFolder } from './keyFolder.js';
import { openSharing, type Sharing } from './sharing.js';

/** The data folder and the engines, opened: nothing runs yet. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly eventStoreEngine: EventStoreEngine;
  readonly documentStore: DocumentStore;
  readonly documentStoreEngine: DocumentStoreEngine;
  readonly keyStore: EmbeddedKeyStore;
  readonly ledger: ErasureLedger;
  readonly signingKey: SigningKey;
  readonly sharing: Sharing;
  close(): Promise<void>;
}

/** @throws FolderInUse, EventLogDamaged, EventStoreUnavailable, DocumentStoreUnavailable, KeyStoreUnavailable */
export async function openStores(configuration: Configuration, log: Logger): Promise<Stores> {
  const { dataFolder } = configuration;
  const lock = await lockFolder(dataFolder);
  let keyStore: EmbeddedKeyStore | undefined;
  try {
    const keys = await openKeyFolder(configuration);
    keyStore = keys;
    const signingKey = await openSigningKey(join(dataFolder, 'signing.key'));
    const sharing = openSharing(configuration, log);
    const { eventStore, engine: eventStoreEngine } = await openEventStore(configuration, log);
    const documents = await openDocumentStore(configuration, log).catch(async (error: unknown) => {
      await eventStore.close();
      throw error;
    });
    return {
      eventStore,
      eventStoreEngine,
      documentStore: documents.documentStore,
      documentStoreEngine: documents.engine,
      keyStore: keys,
      ledger: openErasureLedgerFile(configuration.erasureLedger ?? join(dataFolder, 'erasures.jsonl')),
      signingKey,
      sharing,
      async close() {
        await sharing.close();
        await eventStore.close();
        await documents.documentStore.close();
        await keys.close();
        await lock.release();
      },
    };
  } catch (error) {
    await keyStore?.close();
    await lock.release();
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
