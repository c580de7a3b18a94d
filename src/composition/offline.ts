import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { parseAnchoredHeads } from '../audit/anchoredHeads.js';
import { keyIdOf, parsePublicKey } from '../audit/signedHead.js';
import { type TrailEvidence, verifyTrails } from '../audit/verifyTrails.js';
import type { VerifyInvocation } from '../cli/commands.js';
import type { SendBatch } from '../cli/import/runImport.js';
import type { Rebuilding } from '../cli/rebuildCommand.js';
import { auditTrailCheck } from '../cli/verify/checkAuditTrail.js';
import { checkpointsCheck } from '../cli/verify/checkCheckpoints.js';
import { eventLogCheck } from '../cli/verify/checkEventLog.js';
import { keyFileCheck } from '../cli/verify/checkKeyFile.js';
import type { Check } from '../cli/verify/verifyCommand.js';
import type { Configuration } from '../config.js';
import type { JsonValue } from '../domain/json.js';
import { adaptSegmentHistory } from '../http/ingestion/segment.js';
import { buildKey } from '../processors/projectionBuild.js';
import { loadPointer } from '../processors/readModelPointer.js';
import { allProjections } from '../projections/all.js';
import { auditProjection } from '../projections/audit/projection.js';
import { liveReader } from '../queries/documentReader.js';
import { createApplication } from './application.js';
import { openStores } from './stores.js';

/** Commands that work on the data folder without a server. */

/** Messages go through the same door as over HTTP; closing waits until the read models hold them. */
export async function openImport(
  configuration: Configuration,
  log: Logger,
): Promise<{ readonly send: SendBatch; close(): Promise<void> }> {
  const stores = await openStores(configuration, log);
  const { ingestMessages, processors, endIdleSessions, helpDelivery, helpWriting } = await createApplication(
    stores,
    configuration,
    log,
  );
  await processors.start();
  const correlationId = `import-${randomUUID()}`;
  return {
    send: (lines) => {
      const receivedAt = Date.now();
      // A boundary: each line was parsed from JSON.
      const messages = lines.map(({ message }) => message as JsonValue);
      const adapted = adaptSegmentHistory(messages, { receivedAt, needsCleaning: true });
      return ingestMessages({ tenantId: 'default', correlationId, source: 'import', receivedAt, ...adapted });
    },
    async close() {
      await processors.caughtUp();
      for (let before = await stores.eventStore.head(); (await endIdleSessions(0)) > 0; ) {
        await processors.caughtUp();
        const head = await stores.eventStore.head();
        // Nothing was ended: the next start tries again.
        if (head?.commit === before?.commit) break;
        before = head;
      }
      await processors.stop();
      await helpDelivery.close();
      helpWriting.close();
      await stores.close();
    },
  };
}

export async function openRebuilding(configuration: Configuration, log: Logger): Promise<Rebuilding> {
  const stores = await openStores(configuration, log);
  const { processors, helpDelivery, helpWriting } = await createApplication(stores, configuration, log);
  await processors.start();
  return {
    start: (projection) => processors.rebuild(projection),
    status: async (projection) => processors.statuses().find(({ name }) => name === projection),
    async close() {
      await processors.stop();
      await helpDelivery.close();
      helpWriting.close();
      await stores.close();
    },
  };
}

export async function openChecks(
  configuration: Configuration,
  { audit }: VerifyInvocation,
  log: Logger,
): Promise<{ readonly checks: readonly Check[]; close(): Promise<void> }> {
  const { dataFolder, eventStoreUrl } = configuration;
  if (!existsSync(join(dataFolder, eventStoreUrl === undefined ? 'events' : 'documents'))) {
    throw new Error(`There is no Waymark data in ${resolve(dataFolder)}: name its folder with WAYMARK_DATA`);
  }
  const { eventStore, documentStore, keyStore, close } = await openStores(configuration, log);
  const pointers = await Promise.all(
    allProjections.map((projection) => loadPointer(documentStore, projection)),
  );
  const checkpoints = pointers.map(({ id, live }) => buildKey(id, live));
  const live = new Map(pointers.flatMap((pointer) => Object.entries(pointer.live.collections)));
  // A folder of an earlier version has no trail yet.
  await documentStore.define(
    auditProjection.collections.map(({ name, indexes }) => ({ name: live.get(name) ?? name, indexes })),
  );
  const trail = liveReader(documentStore, { liveCollection: (name) => live.get(name) ?? name });
  const auditTrail = auditTrailCheck(
    async () => {
      const given = await readEvidence(audit ?? {});
      return verifyTrails({ eventStore, documentStore, trail, ...given });
    },
    { anchor: audit?.anchor !== undefined, publicKey: audit?.publicKey !== undefined },
  );
  const stores = [
    eventLogCheck(eventStore),
    checkpointsCheck(eventStore, documentStore, checkpoints),
    keyFileCheck(keyStore),
  ];
  return { checks: audit === undefined ? [...stores, auditTrail] : [auditTrail], close };
}

/** What an auditor brings along: heads kept elsewhere, and the keys to believe. */
async function readEvidence({
  anchor,
  publicKey,
}: NonNullable<VerifyInvocation['audit']>): Promise<Pick<TrailEvidence, 'anchored' | 'trusted'>> {
  const trusted = publicKey?.map((text) => {
    const key = parsePublicKey(text);
    if (key === undefined)
      throw new Error('--public-key is no Ed25519 public key as GET /v1/audit/keys shows it');
    return [keyIdOf(key), key] as const;
  });
  return {
    anchored: anchor === undefined ? undefined : parseAnchoredHeads(await readFile(anchor, 'utf8')),
    trusted: trusted && new Map(trusted),
  };
}
