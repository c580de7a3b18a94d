import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pagesOf } from '../audit/documentPages.js';
import { auditHeadsCollection, auditKeysCollection } from '../audit/treeHeads.js';
import type { MovedContent } from '../cli/copy/moveCommand.js';
import type { Configuration } from '../config.js';
import type { Document, DocumentStore } from '../documentStore/documentStore.js';
import { readAccessKeys } from '../integrations/embedded/accessKeyFile.js';
import { openEmbeddedDocumentStore } from '../integrations/embedded/embeddedDocumentStore.js';
import { openErasureLedgerFile } from '../integrations/embedded/erasureLedgerFile.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { type KeyFileContent, openKeyFileContent } from '../integrations/embedded/keyFileContent.js';
import type { InstallationContent } from '../integrations/installationContent.js';
import { openKeyDatabase } from '../integrations/mongodb/keyDatabase.js';
import { openMongoDocumentStore } from '../integrations/mongodb/mongoDocumentStore.js';
import {
  differenceToInstallation,
  receiveInstallation,
} from '../integrations/mongodb/receiveInstallation.js';
import type { RootKey } from '../keyStore/keyStore.js';
import { rewrapByRoot, wrapByRoot } from '../keyStore/rootWrapping.js';
import { openKeyFolder } from './keyFolder.js';
import { folderRootKey } from './rootKey.js';

const documentsAtATime = 200;

/**
 * Puts into MongoDB what a data folder holds beside its events and what is made from them: keys of people and tenants,
 * access keys, the ledger of erasures, signing keys, signed heads of the audit trail. Exports are left: they are asked for
 * again.
 * @throws FolderInUse, InstallationThere, KeyStoreUnavailable
 */
export async function moveInstallation(configuration: Configuration, url: string): Promise<MovedContent> {
  const { dataFolder } = configuration;
  if (!existsSync(join(dataFolder, 'events'))) {
    throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
  }
  const lock = await lockFolder(dataFolder);
  const database = openKeyDatabase(url);
  let keys: KeyFileContent | undefined;
  try {
    // Opening it proves the root key, and ends what a crash had cut short.
    await (await openKeyFolder(configuration)).close();
    const { rootKey } = await folderRootKey(configuration, true);
    keys = await openKeyFileContent(join(dataFolder, 'keys'));
    const content = await contentOf(configuration, rootKey, keys);
    const heads = await moveHeads(dataFolder, url);
    const people = await receiveInstallation(database, content);
    const difference = await differenceToInstallation(database, content);
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

/** They are no read model: what was once signed is never made anew. */
async function moveHeads(dataFolder: string, url: string): Promise<number> {
  const source = openEmbeddedDocumentStore({ folder: join(dataFolder, 'documents') });
  const target = openMongoDocumentStore({ url, now: Date.now });
  try {
    const collections = [auditKeysCollection, auditHeadsCollection];
    await source.define(collections);
    await target.define(collections);
    await moveDocuments(source, target, auditKeysCollection.name);
    return await moveDocuments(source, target, auditHeadsCollection.name);
  } finally {
    await source.close();
    await target.close();
  }
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
