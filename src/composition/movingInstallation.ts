import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pagesOf } from '../audit/documentPages.js';
import { auditHeadsCollection, auditKeysCollection } from '../audit/treeHeads.js';
import type { MovedContent } from '../cli/copy/moveCommand.js';
import { carryOver } from '../commands/erasureLedger.js';
import type { Configuration } from '../config.js';
import type { Document, DocumentStore } from '../documentStore/documentStore.js';
import { readAccessKeys, writeAccessKeys } from '../integrations/embedded/accessKeyFile.js';
import { openEmbeddedDocumentStore } from '../integrations/embedded/embeddedDocumentStore.js';
import { openErasureLedgerFile } from '../integrations/embedded/erasureLedgerFile.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { type KeyFileContent, openKeyFileContent } from '../integrations/embedded/keyFileContent.js';
import { assertNoKeys, writeKeyFile } from '../integrations/embedded/writeKeyFile.js';
import type { InstallationContent } from '../integrations/installationContent.js';
import { installationIn } from '../integrations/mongodb/installationIn.js';
import { openKeyDatabase } from '../integrations/mongodb/keyDatabase.js';
import { openMongoDocumentStore } from '../integrations/mongodb/mongoDocumentStore.js';
import {
  assertNoInstallation,
  differenceToInstallation,
  receiveInstallation,
} from '../integrations/mongodb/receiveInstallation.js';
import type { RootKey } from '../keyStore/keyStore.js';
import { rewrapByRoot, unwrapByRoot, wrapByRoot } from '../keyStore/rootWrapping.js';
import { openKeyFolder } from './keyFolder.js';
import { folderRootKey, sharedRootKey } from './rootKey.js';

const documentsAtATime = 200;

/**
 * Puts into MongoDB what a data folder holds beside its events and what is made from them: keys of people and tenants,
 * access keys, the ledger of erasures, signing keys, signed heads of the audit trail. Exports are left: they are asked for
 * again.
 * @throws FolderInUse, InstallationThere, KeyStoreUnavailable
 */
export async function moveInstallation(configuration: Configuration, url: string): Promise<MovedContent> {
  const { dataFolder } = configuration;
  assertData(dataFolder);
  const lock = await lockFolder(dataFolder);
  const database = openKeyDatabase(url);
  let keys: KeyFileContent | undefined;
  try {
    await assertNoInstallation(database);
    // Opening it proves the root key, and ends what a crash had cut short.
    await (await openKeyFolder(configuration)).close();
    const { rootKey } = await folderRootKey(configuration, true);
    keys = await openKeyFileContent(join(dataFolder, 'keys'));
    const content = await contentOf(configuration, rootKey, keys);
    const heads = await betweenDocuments(dataFolder, url, moveHeads);
    const people = await receiveInstallation(database, content);
    const difference = await differenceToInstallation(database, content);
    return { people, accessKeys: content.accessKeys.length, heads, difference };
  } finally {
    await keys?.close();
    await database.connection.close();
    await lock.release();
  }
}

/** The same the other way, into a folder that has the events already and no keys. @throws KeyStoreUnavailable */
export async function returnInstallation(configuration: Configuration, url: string): Promise<MovedContent> {
  const { dataFolder, erasureLedger } = configuration;
  assertData(dataFolder);
  const lock = await lockFolder(dataFolder);
  const database = openKeyDatabase(url);
  let keys: KeyFileContent | undefined;
  try {
    const rootKey = await sharedRootKey(configuration);
    const content = await installationIn(database);
    // Proves the root key before anything is written.
    (await unwrapByRoot(rootKey, content.secret)).fill(0);
    assertNoKeys(join(dataFolder, 'keys'));
    const ledger = openErasureLedgerFile(erasureLedger ?? join(dataFolder, 'erasures.jsonl'));
    await carryOver(content.erasures(), ledger);
    for (const name of ['signing', 'audit'] as const) {
      const wrapped = content.signingKeys[name];
      if (wrapped !== undefined) await writeSigningKey(join(dataFolder, `${name}.key`), rootKey, wrapped);
    }
    if (content.accessKeys.length > 0)
      await writeAccessKeys(join(dataFolder, 'keys.json'), content.accessKeys);
    const heads = await betweenDocuments(dataFolder, url, (folder, mongo) => moveHeads(mongo, folder));
    const people = await writeKeyFile(join(dataFolder, 'keys'), content);
    keys = await openKeyFileContent(join(dataFolder, 'keys'));
    const difference = await differenceToInstallation(
      database,
      await contentOf(configuration, rootKey, keys),
    );
    return { people, accessKeys: content.accessKeys.length, heads, difference };
  } finally {
    await keys?.close();
    await database.connection.close();
    await lock.release();
  }
}

async function contentOf(
  { dataFolder, erasureLedger }: Configuration,
  rootKey: RootKey,
  { tenants, people }: KeyFileContent,
): Promise<InstallationContent> {
  const rewrapped = tenants.tenants.map(async ({ tenantId, keys }) => ({
    tenantId,
    keys: await Promise.all(
      keys.map(async ({ version, wrapped }) => ({ version, wrapped: await rewrapByRoot(rootKey, wrapped) })),
    ),
  }));
  return {
    secret: await rewrapByRoot(rootKey, tenants.secret),
    tenants: await Promise.all(rewrapped),
    people,
    accessKeys: readAccessKeys(join(dataFolder, 'keys.json')),
    erasures: () => openErasureLedgerFile(erasureLedger ?? join(dataFolder, 'erasures.jsonl')).entries(),
    signingKeys: {
      signing: await wrappedSigningKey(join(dataFolder, 'signing.key'), rootKey),
      audit: await wrappedSigningKey(join(dataFolder, 'audit.key'), rootKey),
    },
  };
}

async function wrappedSigningKey(file: string, rootKey: RootKey): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const der = createPrivateKey(await readFile(file)).export({ type: 'pkcs8', format: 'der' });
  // RFC 8410, section 7: the key's 32 bytes come last.
  const bytes = Buffer.from(der.subarray(-32));
  der.fill(0);
  try {
    return await wrapByRoot(rootKey, bytes);
  } finally {
    bytes.fill(0);
  }
}

/** PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

async function writeSigningKey(file: string, rootKey: RootKey, wrapped: string): Promise<void> {
  const bytes = await unwrapByRoot(rootKey, wrapped);
  const der = Buffer.concat([pkcs8Start, bytes]);
  bytes.fill(0);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  await writeFile(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
}

function assertData(dataFolder: string): void {
  if (existsSync(join(dataFolder, 'events'))) return;
  throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
}

async function betweenDocuments<T>(
  dataFolder: string,
  url: string,
  work: (folder: DocumentStore, mongo: DocumentStore) => Promise<T>,
): Promise<T> {
  const folder = openEmbeddedDocumentStore({ folder: join(dataFolder, 'documents') });
  const mongo = openMongoDocumentStore({ url, now: Date.now });
  try {
    return await work(folder, mongo);
  } finally {
    await folder.close();
    await mongo.close();
  }
}

/** They are no read model: what was once signed is never made anew. */
async function moveHeads(source: DocumentStore, target: DocumentStore): Promise<number> {
  const collections = [auditKeysCollection, auditHeadsCollection];
  await source.define(collections);
  await target.define(collections);
  await moveDocuments(source, target, auditKeysCollection.name);
  return moveDocuments(source, target, auditHeadsCollection.name);
}

async function moveDocuments(
  source: DocumentStore,
  target: DocumentStore,
  collection: string,
): Promise<number> {
  let moved = 0;
  let page: Document[] = [];
  const put = async () => {
    if (page.length > 0) await target.commit({ puts: page.map((document) => ({ collection, document })) });
    moved += page.length;
    page = [];
  };
  for await (const document of pagesOf<Document>(source, collection, {})) {
    page.push(document);
    if (page.length === documentsAtATime) await put();
  }
  await put();
  return moved;
}
