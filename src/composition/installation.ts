import { join } from 'node:path';
import type { HeadKey } from '../audit/signedHead.js';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { ExportArchive } from '../commands/exports/exportArchive.js';
import { linksInMemory, type UntoldLinks } from '../commands/exports/untoldLinks.js';
import type { Configuration } from '../config.js';
import { readOrCreateAuditKey } from '../integrations/embedded/auditKeyFile.js';
import { openErasureLedgerFile } from '../integrations/embedded/erasureLedgerFile.js';
import { openExportFolder } from '../integrations/embedded/exportFolder.js';
import { openSigningKey, type SigningKey } from '../integrations/embedded/signingKey.js';
import type { InstallationKeyStore } from '../keyStore/keyStore.js';
import { openKeyFolder } from './keyFolder.js';

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
