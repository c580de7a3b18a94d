import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseAnchoredHeads } from '../../src/audit/anchoredHeads.js';
import { type HeadKey, keyIdOf } from '../../src/audit/signedHead.js';
import { type Anchor, openTreeHeads } from '../../src/audit/treeHeads.js';
import { type VerifiedTrails, verifyTrails } from '../../src/audit/verifyTrails.js';
import { createAccessLog } from '../../src/commands/accessLog.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { encode } from '../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import type { EventData, EventStore, RecordedEvent } from '../../src/eventStore/eventStore.js';
import { fileAnchor } from '../../src/integrations/anchors/fileAnchor.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { createProcessors } from '../../src/processors/processors.js';
import { auditProjection } from '../../src/projections/audit/projection.js';
import { liveReader } from '../../src/queries/documentReader.js';
import { nobody } from './plainSealing.js';
import { subjectNumber } from './projectionFold.js';

export const auditTime = Date.parse('2026-03-02T10:00:00Z');

export function newHeadKey(): HeadKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { keyId: keyIdOf(publicKey), publicKey, privateKey };
}

/** The audit trail on real embedded stores, from events to signed heads. */
export async function openAuditRig(
  folder: string,
  { key = newHeadKey(), anchor }: { readonly key?: HeadKey; readonly anchor?: Anchor } = {},
) {
  const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: () => auditTime });
  const documentStore = openEmbeddedDocumentStore({ folder: join(folder, 'documents') });
  const processors = createProcessors({
    eventStore,
    documentStore,
    projections: [auditProjection],
    reactors: [],
    erasedPersons: nobody,
    clock: () => auditTime,
    logger: { warn: () => undefined },
  });
  await processors.start();
  const trail = liveReader(documentStore, processors);
  const heads = await openTreeHeads({ documentStore, trail, key, anchor, now: () => auditTime });
  const accessLog = createAccessLog({
    eventStore,
    instanceId: randomUUID(),
    newId: randomUUID,
    now: () => auditTime,
  });
  const caughtUp = async () => {
    while (!(await processors.caughtUp())) await setImmediate();
  };
  return {
    key,
    eventStore,
    documentStore,
    processors,
    trail,
    heads,
    accessLog,
    caughtUp,
    /** One read of one person. */
    record: (person: number, tenantId = 'default') =>
      accessLog.record({
        tenantId,
        actor: { keyId: 'k1', role: 'administrator' },
        action: 'profile-read',
        purpose: 'support',
        subjects: [subjectNumber(person)],
        correlationId: `request-${person}`,
      }),
    async close() {
      await processors.stop();
      await documentStore.close();
      await eventStore.close();
    },
  };
}

export type AuditRig = Awaited<ReturnType<typeof openAuditRig>>;

export async function allStored(eventStore: Pick<EventStore, 'readAll'>): Promise<readonly RecordedEvent[]> {
  const { events, atEnd } = await eventStore.readAll({ from: 'start', maxCount: 10_000 });
  if (!atEnd) throw new Error('more events than this reads at once');
  return events;
}

/** Writes an event log anew, by the store's own writer, so that no checksum gives it away. */
export async function rewriteLog(
  folder: string,
  change: (events: readonly RecordedEvent[]) => readonly (EventData & { readonly streamName: string })[],
): Promise<void> {
  const events = join(folder, 'events');
  const before = await openEmbeddedEventStore({ folder: events, clock: () => auditTime });
  const changed = change(await allStored(before));
  await before.close();
  await rm(events, { recursive: true });
  const after = await openEmbeddedEventStore({ folder: events, clock: () => auditTime });
  for (const { streamName, id, type, data, metadata } of changed) {
    await after.appendToStream(streamName, [{ id, type, data, metadata }], 'any');
  }
  await after.close();
}

export function stored(event: DomainEvent, tenantId = 'default'): EventData {
  return encode({
    id: randomUUID(),
    event,
    metadata: {
      messageId: 'm',
      correlationId: 'c',
      causationId: 'm',
      tenantId,
      schemaVersion: 1,
      occurredAt: auditTime,
      recordedAt: auditTime,
    },
  });
}

/** A folder with a signed, anchored trail of twelve entries in three heads, and a second tenant's of two in two. */
export async function signedFolder(folder: string, key: HeadKey, anchorFile: string): Promise<void> {
  const rig = await openAuditRig(folder, { key, anchor: fileAnchor(anchorFile) });
  for (let person = 0; person < 12; person += 1) {
    await rig.record(person);
    if (person % 6 === 0) await rig.record(person, 'other');
    if (person % 4 !== 3) continue;
    await rig.caughtUp();
    await rig.heads.signAndAnchor();
  }
  await rig.close();
}

/** What `waymark verify --audit` does with the folder; the sentence where something is wrong. */
export async function verifyFolder(
  folder: string,
  given: { readonly anchorFile?: string; readonly trusted?: HeadKey } = {},
): Promise<VerifiedTrails | string> {
  const { anchorFile, trusted } = given;
  const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: () => auditTime });
  const documentStore = openEmbeddedDocumentStore({ folder: join(folder, 'documents') });
  const live = (name: string) => `${name}.v${auditProjection.version}.1`;
  try {
    await documentStore.define(
      auditProjection.collections.map(({ name, indexes }) => ({ name: live(name), indexes })),
    );
    return await verifyTrails({
      eventStore,
      documentStore,
      trail: liveReader(documentStore, { liveCollection: live }),
      anchored: anchorFile === undefined ? undefined : parseAnchoredHeads(await readFile(anchorFile, 'utf8')),
      trusted: trusted && new Map([[trusted.keyId, trusted.publicKey]]),
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await documentStore.close();
    await eventStore.close();
  }
}
