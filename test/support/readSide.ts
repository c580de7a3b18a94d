import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { InjectOptions } from 'fastify';
import { openTreeHeads } from '../../src/audit/treeHeads.js';
import { type AccessKeys, accessRoles } from '../../src/commands/accessKeys.js';
import type { AnalyseContext } from '../../src/commands/help/analyseContext.js';
import type { IncomingMessage, IngestRequest } from '../../src/commands/incomingMessage.js';
import { createIngestMessages } from '../../src/commands/ingestMessages.js';
import type { InterventionEvent } from '../../src/domain/intervention/events.js';
import { interventionStreamName } from '../../src/domain/intervention/streamName.js';
import type { Position } from '../../src/domain/metadata.js';
import { encode } from '../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { formatPosition } from '../../src/eventStore/eventStore.js';
import { auditRoutes } from '../../src/http/auditRoutes.js';
import { consentRoutes, restrictionRoutes } from '../../src/http/consentRoutes.js';
import { createLogger } from '../../src/http/logger.js';
import { describeApi } from '../../src/http/openapi.js';
import type { ReplayQuarantined } from '../../src/http/reads/quarantine.js';
import { readRoutes } from '../../src/http/reads/readRoutes.js';
import { buildServer } from '../../src/http/server.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { createPseudonyms } from '../../src/integrations/embedded/pseudonyms.js';
import { createProcessors } from '../../src/processors/processors.js';
import { allProjections } from '../../src/projections/all.js';
import { liveReader } from '../../src/queries/documentReader.js';
import { newHeadKey } from './auditRig.js';
import { standInPersonalValues } from './personalValues.js';
import { nobody } from './plainSealing.js';
import { writeSide } from './writeSide.js';

/** A position that no test comes to. */
export const neverRecorded = 1_000_000_000n;
export const startOfTest = Date.parse('2026-03-02T10:00:00Z');

const tenants: ReadonlyMap<string, string> = new Map([
  ['admin-default', 'default'],
  ['admin-other', 'other'],
]);
const accessKeys: AccessKeys = {
  authenticate(secret) {
    const role = accessRoles.find((each) => secret === `${each}-default`);
    if (role !== undefined) return { tenantId: 'default', keyId: role, role };
    const tenantId = tenants.get(secret);
    return tenantId === undefined ? undefined : { tenantId, keyId: 'a', role: 'administrator' };
  },
};

export interface ReadAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * Everything between events and answers, on real embedded stores: commands, processors with all read models, HTTP.
 * `now` is the clock of all of them.
 */
export async function openReadSide(
  folder: string,
  options: { readonly replay?: ReplayQuarantined; readonly analyse?: AnalyseContext } = {},
) {
  const clock = { now: startOfTest };
  const now = () => clock.now;
  const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: now });
  const documentStore = openEmbeddedDocumentStore({ folder: join(folder, 'documents') });
  const processors = createProcessors({
    eventStore,
    documentStore,
    projections: allProjections,
    reactors: [],
    erasedPersons: nobody,
    clock: now,
    logger: { warn: () => undefined },
  });
  await processors.start();

  const subjectOf = createPseudonyms(Buffer.alloc(32, 7));
  const write = writeSide(eventStore);
  const ingest = createIngestMessages({ ...write.dependencies, subjectOf });
  const waits: number[] = [];
  const ports = {
    eventStore,
    documents: liveReader(documentStore, processors),
    readModels: {
      position: (projection: string) => processors.position(projection),
      // What nothing was recorded at will not be seen in time either: said at once, so that no test waits.
      waitFor(projection: string, position: Position, timeout: number) {
        if (position.commit < neverRecorded) return processors.waitFor(projection, position, timeout);
        waits.push(timeout);
        return Promise.resolve(false);
      },
    },
    subjectOf,
    now,
  };
  const personal = standInPersonalValues();
  const consentOptions = { accessKeys, consents: write.consents, subjectOf, formatPosition, now };
  const heads = await openTreeHeads({
    documentStore,
    trail: ports.documents,
    key: newHeadKey(),
    anchor: undefined,
    now,
  });
  const app = await buildServer({
    log: createLogger('silent'),
    accessKeys,
    personalValues: personal.ports,
    ingestMessages: ingest,
    checkMessages: ingest,
    now,
    pendingBytes: () => 0,
    readiness: [],
    gauges: [],
    describeApi,
    plugins: [
      { prefix: '/v1', routes: consentRoutes(consentOptions), sends: true },
      { prefix: '/v1', routes: restrictionRoutes(consentOptions) },
      { prefix: '', routes: auditRoutes(ports, { documentStore, heads }) },
      {
        prefix: '',
        routes: readRoutes({
          analyse: options.analyse ?? (async () => ({ analysed: null, reason: 'no-model' })),
          ports,
          processors,
          replayQuarantined:
            options.replay ?? (async () => ({ accepted: true, rejection: null, position: null })),
        }),
      },
    ],
  });
  await app.ready();

  async function request(method: 'GET' | 'POST', url: string, token = 'admin-default'): Promise<ReadAnswer> {
    const injected: InjectOptions = { method, url, headers: { authorization: `Bearer ${token}` } };
    const answer = await app.inject(injected);
    return { status: answer.statusCode, body: answer.json() };
  }

  return {
    app,
    personal,
    clock,
    ports,
    processors,
    eventStore,
    documentStore,
    subjectOf,
    /** Milliseconds that reads were ready to wait for `neverRecorded`. */
    waits,
    get: (url: string, token?: string) => request('GET', url, token),
    post: (url: string, token?: string) => request('POST', url, token),
    /** Sends messages that occur and are recorded now. */
    send(messages: readonly SentMessage[], about: Partial<IngestRequest> = {}) {
      return ingest({
        tenantId: 'default',
        correlationId: randomUUID(),
        source: 'segment',
        receivedAt: clock.now,
        rejected: [],
        ...about,
        messages: messages.map((message, index) => ({
          kind: 'track',
          messageId: randomUUID(),
          occurredAt: clock.now,
          ...message,
          index,
        })),
      });
    },
    /** Records a further event of an intervention, now. */
    async intervene(event: InterventionEvent, tenantId = 'default') {
      const stream = interventionStreamName(tenantId, event.data.interventionId);
      const { lastRevision } = await eventStore.readStream(stream, { maxCount: 1 });
      const metadata = {
        messageId: 'm',
        correlationId: 'c',
        causationId: 'm',
        tenantId,
        schemaVersion: 1,
        occurredAt: clock.now,
        recordedAt: clock.now,
      };
      await eventStore.appendToStream(
        stream,
        [encode({ id: randomUUID(), event, metadata })],
        lastRevision ?? 'noStream',
      );
    },
    async caughtUp() {
      while (!(await processors.caughtUp())) await setImmediate();
    },
    async close() {
      await app.close();
      await processors.stop();
      await documentStore.close();
      await eventStore.close();
    },
  };
}

export type ReadSide = Awaited<ReturnType<typeof openReadSide>>;
export type SentMessage = Partial<Omit<IncomingMessage, 'index'>>;

/** The entries of a list's answer. */
export function dataOf(answer: ReadAnswer): Record<string, unknown>[] {
  return answer.body.data as Record<string, unknown>[];
}
