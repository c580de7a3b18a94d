import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { CopyInvocation } from '../cli/commands.js';
import { openCopyState } from '../cli/copy/copyState.js';
import type { CopyRun } from '../cli/copy/runCopy.js';
import type { Configuration } from '../config.js';
import { openEmbeddedEventStore } from '../eventStore/embedded/embeddedEventStore.js';
import { lockFolder } from '../integrations/embedded/folderLock.js';
import { EventStoreDbEventStore } from '../integrations/eventstoredb/eventStoreDbEventStore.js';

/**
 * The data folder's events and those of an EventStoreDB, one to be copied into the other. Nobody else can open the folder
 * meanwhile.
 * @throws FolderInUse, EventLogDamaged
 */
export async function openCopy(
  { dataFolder }: Configuration,
  { direction, url }: CopyInvocation,
  log: Logger,
): Promise<Omit<CopyRun, 'parallel' | 'signal'> & { close(): Promise<void> }> {
  const folder = join(dataFolder, 'events');
  if (direction === 'to' && !existsSync(folder)) {
    throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
  }
  const remote = new EventStoreDbEventStore({ url });
  const lock = await lockFolder(dataFolder);
  try {
    const local = await openEmbeddedEventStore({
      folder,
      clock: Date.now,
      onRepair: (torn) =>
        log.warn(torn, 'removed a commit that a crash had cut short; it was never acknowledged'),
    });
    const [source, target] = direction === 'to' ? [local, remote] : [remote, local];
    return {
      source,
      target,
      state: openCopyState(dataFolder, `${direction} ${remote.address}`),
      async close() {
        await remote.close();
        await local.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
