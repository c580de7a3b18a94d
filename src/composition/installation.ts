import { join } from 'node:path';
import type { HeadKey } from '../audit/signedHead.js';
import type { AccessKeyStore } from '../commands/accessKeys.js';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { ExportArchive } from '../commands/exports/exportArchive.js';
import { linksInMemory, type UntoldLinks } from '../commands/exports/untoldLinks.js';
import type { Configuration } from '../config.js';
import type { GivenKey } from '../integrations/accessKeyRing.js';
import { openAccessKeyFile } from '../integrations/embedded/accessKeyFile.js';
import { readOrCreateAuditKey, toHeadKey } from '../integrations/embedded/auditKeyFile.js';
import { openErasureLedgerFile } from '../integrations/embedded/erasureLedgerFile.js';
import { openExportFolder } from '../integrations/embedded/exportFolder.js';
import { openSigningKey, type SigningKey, toSigningKey } from '../integrations/embedded/signingKey.js';
import { type KeyDatabase, openKeyDatabase } from '../integrations/mongodb/keyDatabase.js';
import { openMongoAccessKeys } from '../integrations/mongodb/mongoAccessKeys.js';
import { openMongoErasureLedger } from '../integrations/mongodb/mongoErasureLedger.js';
import { openMongoExportArchive } from '../integrations/mongodb/mongoExportArchive.js';
import { openMongoKeyStore } from '../integrations/mongodb/mongoKeyStore.js';
import { openMongoSigningKey } from '../integrations/mongodb/mongoSigningKeys.js';
import { openMongoUntoldLinks } from '../integrations/mongodb/mongoUntoldLinks.js';
import type { InstallationKeyStore } from '../keyStore/keyStore.js';
import { openKeyFolder } from './keyFolder.js';
import { sharedRootKey } from './rootKey.js';

/** What an installation has one of, however many instances it has. */
export interface Installation {
  /** Where it is kept, for the lines at the start. */
  readonly description: string;
  readonly keyStore: InstallationKeyStore;
  readonly ledger: ErasureLedger;
  /** Signs receipts, answers and exports. */
  readonly signingKey: SigningKey;
  openAuditKey(): Promise<HeadKey>;
  openExportArchive(): Promise<ExportArchive>;
  readonly untoldLinks: UntoldLinks;
  close(): Promise<void>;
}

/** Of one instance: in its data folder, which must be locked. @throws KeyStoreUnavailable */
export async function openFolderInstallation(configuration: Configuration): Promise<Installation> {
  const { dataFolder, erasureLedger } = configuration;
  const keyStore = await openKeyFolder(configuration);
  try {
    return {
      description: 'embedded',
      keyStore,
      ledger: openErasureLedgerFile(erasureLedger ?? join(dataFolder, 'erasures.jsonl')),
      signingKey: await openSigningKey(join(dataFolder, 'signing.key')),
      openAuditKey: () => readOrCreateAuditKey(join(dataFolder, 'audit.key')),
      openExportArchive: () => openExportFolder(join(dataFolder, 'exports')),
      untoldLinks: linksInMemory(),
      close: () => keyStore.close(),
    };
  } catch (error) {
    await keyStore.close();
    throw error;
  }
}

/**
 * Of several instances: in MongoDB, all keys under the root key that each of them is given.
 * @param mayBegin whether nothing is recorded yet; asked where there are no keys
 * @throws KeyStoreUnavailable
 */
export async function openMongoInstallation(
  configuration: Configuration,
  url: string,
  mayBegin: () => Promise<boolean>,
): Promise<Installation> {
  const rootKey = await sharedRootKey(configuration);
  const database = openKeyDatabase(url);
  try {
    const keyStore = await openMongoKeyStore({ database, rootKey, mayBegin });
    return {
      description: `MongoDB, database ${database.name}`,
      keyStore,
      ledger: openMongoErasureLedger(database),
      signingKey: toSigningKey(await openMongoSigningKey(database, rootKey, 'signing')),
      openAuditKey: async () => toHeadKey(await openMongoSigningKey(database, rootKey, 'audit')),
      openExportArchive: () => openMongoExportArchive(database),
      untoldLinks: openMongoUntoldLinks(database, keyStore.secret),
      close: () => closeAll(keyStore, database),
    };
  } catch (error) {
    await database.connection.close();
    throw error;
  }
}

async function closeAll(keyStore: InstallationKeyStore, { connection }: KeyDatabase): Promise<void> {
  await keyStore.close();
  await connection.close();
}

export interface FirstKeys {
  readonly writeKey: string;
  readonly adminToken: string;
}

/** The installation's access keys, with those that the environment gives. @throws KeyStoreUnavailable */
export async function openAccessKeys(configuration: Configuration): Promise<AccessKeyStore> {
  const { keysUrl, dataFolder } = configuration;
  const options = { given: givenKeys(configuration), now: Date.now };
  if (keysUrl === undefined) return openAccessKeyFile({ path: join(dataFolder, 'keys.json'), ...options });
  const database = openKeyDatabase(keysUrl);
  try {
    const keys = await openMongoAccessKeys({ database, ...options });
    return {
      ...keys,
      async close() {
        await keys.close();
        await database.connection.close();
      },
    };
  } catch (error) {
    await database.connection.close();
    throw error;
  }
}

/**
 * On the very first start, where the environment gives no keys either: makes them. Their secrets are told this once, so
 * this comes when nothing can go wrong any more.
 */
export async function makeFirstKeys(
  { writeKey, adminToken }: Configuration,
  keys: AccessKeyStore,
): Promise<FirstKeys | undefined> {
  if (writeKey !== undefined || adminToken !== undefined || !(await keys.mayMakeFirst())) return undefined;
  return {
    writeKey: (await keys.create('write')).secret,
    adminToken: (await keys.create('administrator')).secret,
  };
}

function givenKeys({ writeKey, adminToken }: Configuration): GivenKey[] {
  const given: GivenKey[] = [];
  if (writeKey !== undefined) given.push({ secret: writeKey, role: 'write' });
  if (adminToken !== undefined) given.push({ secret: adminToken, role: 'administrator' });
  return given;
}
