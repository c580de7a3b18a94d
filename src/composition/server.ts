import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { TreeHeads } from '../audit/treeHeads.js';
import type { AccessKeys } from '../commands/accessKeys.js';
import { formatPosition } from '../eventStore/eventStore.js';
import { auditRoutes } from '../http/auditRoutes.js';
import { consentRoutes, restrictionRoutes } from '../http/consentRoutes.js';
import { exportRoutes } from '../http/exportRoutes.js';
import { inboxRoutes } from '../http/inboxRoutes.js';
import { inboxTokens } from '../http/inboxToken.js';
import { createReplayQuarantined } from '../http/ingestion/replayQuarantined.js';
import { liveRoutes } from '../http/live/routes.js';
import type { GaugeSource } from '../http/metrics.js';
import { describeApi } from '../http/openapi.js';
import { processorsReady, type ReadinessCheck } from '../http/operations.js';
import type { PersonalValuePorts } from '../http/personalValues.js';
import { keyRoutes } from '../http/privacy/keyRoutes.js';
import { policyRoutes } from '../http/privacy/policyRoutes.js';
import { retentionRoutes } from '../http/privacy/retentionRoutes.js';
import type { RequestRates } from '../http/rateLimits.js';
import { readRoutes } from '../http/reads/readRoutes.js';
import { buildServer } from '../http/server.js';
import { createInbox } from '../queries/inbox.js';
import { createLiveFeed } from '../queries/liveFeed.js';
import { readRetention } from '../queries/retention.js';
import type { QueryPorts } from '../queries/view.js';
import type { Application } from './application.js';
import { createBreachesPart } from './breaches.js';
import type { Exports } from './exports.js';
import type { HelpContent } from './helpContent.js';
import { createHelpRoutes } from './helpRoutes.js';
import type { PrivacyRequestsPart } from './privacyRequests.js';
import type { RetentionPart } from './retention.js';
import type { Stores } from './stores.js';

/** A processor further behind than this makes the server not ready. Milliseconds. */
const allowedLag = 60_000;

export interface HttpServer {
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

export interface HttpServerParts {
  readonly stores: Stores;
  readonly application: Application;
  readonly accessKeys: AccessKeys;
  readonly personalValues: PersonalValuePorts;
  readonly ports: QueryPorts;
  readonly privacyRequests: PrivacyRequestsPart;
  readonly auditHeads: TreeHeads;
  readonly exports: Exports;
  readonly retention: RetentionPart;
  readonly helpContent: HelpContent;
  readonly requestRates: RequestRates;
  readonly log: Logger;
}

/** The HTTP side of an application, not yet listening. */
export async function createHttpServer(parts: HttpServerParts): Promise<HttpServer> {
  const { stores, application, accessKeys, personalValues, ports, log } = parts;
  const { privacyRequests, auditHeads, exports, retention, helpContent } = parts;
  const { eventStore, documentStore } = stores;
  const { processors, subjectOf, helpDelivery, helpWriting } = application;
  const { documents } = ports;
  const inbox = createInbox({
    eventStore,
    documents,
    checkpoint: async () => processors.position('interventions'),
    mayShow: async (...about) => (await application.helpPermission(...about, 'in_app')).allowed,
    now: Date.now,
  });
  const feed = createLiveFeed(ports.eventStore, inbox);
  const breaches = createBreachesPart(ports, eventStore, personalValues, log);
  const people = {
    accessKeys,
    tokens: inboxTokens(application.signerFor('inbox tokens')),
    inbox,
    feed,
    recordResponse: application.recordResponse,
    subjectOf: (tenantId: string, userId: string) => subjectOf(tenantId, 'user', userId),
    now: Date.now,
    personalValues,
  };
  const consentOptions = {
    accessKeys,
    consents: application.consents,
    subjectOf,
    formatPosition,
    now: Date.now,
  };
  const app = await buildServer({
    log,
    accessKeys,
    personalValues,
    ingestMessages: application.ingestMessages,
    checkMessages: application.checkMessages,
    now: Date.now,
    rateLimits: { rates: parts.requestRates, take: stores.sharing.takeTokens },
    pendingBytes: () => stores.eventStoreEngine.pendingBytes(),
    readiness: [...readiness(stores, application), ...helpDelivery.channels.readiness],
    gauges: [
      ...gauges(stores, application),
      ...stores.documentStoreEngine.gauges,
      ...privacyRequests.gauges,
      ...retention.gauges,
      ...breaches.gauges,
      ...helpDelivery.gauges,
      ...helpWriting.gauges,
    ],
    describeApi,
    plugins: [
      {
        prefix: '',
        routes: readRoutes({
          ports,
          processors,
          analyse: helpWriting.analyse,
          replayQuarantined: createReplayQuarantined({ ...application, now: Date.now }),
        }),
      },
      { prefix: '', routes: privacyRequests.routes },
      {
        prefix: '',
        routes: policyRoutes({ policies: application.policies, formatPosition, now: Date.now }),
      },
      {
        prefix: '',
        routes: retentionRoutes((tenantId) =>
          readRetention(eventStore, tenantId, application.policies.of(tenantId).state.policies.retention),
        ),
      },
      ...createHelpRoutes(application.help, helpDelivery, ports),
      { prefix: '', routes: breaches.routes },
      { prefix: '', routes: keyRoutes({ keyStore: stores.keyStore, subjectOf: people.subjectOf }) },
      { prefix: '', routes: auditRoutes(ports, { documentStore, heads: auditHeads }) },
      { prefix: '/v1', routes: inboxRoutes(people) },
      { prefix: '/v1', routes: liveRoutes(people) },
      { prefix: '/v1', routes: consentRoutes(consentOptions), sends: true },
      { prefix: '/v1', routes: restrictionRoutes(consentOptions) },
      { prefix: '/v1', routes: exportRoutes({ exports, subjectOf, newId: randomUUID }) },
      ...helpDelivery.channels.routes,
      ...helpContent.routes,
    ],
  });
  const stopBreaches = breaches.start();
  return {
    app,
    async close() {
      await app.close();
      await stopBreaches();
      await feed.close();
    },
  };
}

function readiness(
  { eventStoreEngine, documentStoreEngine, keyStore, sharing }: Stores,
  { processors }: Application,
): ReadinessCheck[] {
  return [
    {
      name: 'event-store',
      check: () => eventStoreEngine.readiness(),
    },
    documentStoreEngine.readiness,
    ...(sharing.engine === 'Redis' ? [redisReady(sharing)] : []),
    {
      name: 'key-store',
      check: async () => {
        await keyStore.check();
        return { ready: true, state: 'ready' };
      },
    },
    processorsReady(() => processors.statuses(), allowedLag),
  ];
}

/** Nothing that is promised depends on it, so its absence is shown and keeps nobody from being served. */
function redisReady({ sharedState }: Stores['sharing']): ReadinessCheck {
  return {
    name: 'redis',
    isOptional: true,
    check: async () => {
      await sharedState.check();
      return { ready: true, state: 'ready' };
    },
  };
}

function gauges({ eventStoreEngine }: Stores, { processors }: Application): GaugeSource[] {
  const each = (pick: (status: ReturnType<typeof processors.statuses>[number]) => number) => () =>
    processors.statuses().map((status) => ({ labels: { processor: status.name }, value: pick(status) }));
  return [
    ...eventStoreEngine.gauges,
    {
      name: 'waymark_processor_lag_seconds',
      help: 'How long ago the oldest event that is not done was recorded, while behind.',
      labelNames: ['processor'],
      collect: each(({ lag }) => lag / 1000),
    },
    {
      name: 'waymark_processor_waiting_events',
      help: 'Events that a reactor holds in memory, waiting or in work; the rest waits in the log.',
      labelNames: ['processor'],
      collect: each(({ waiting }) => waiting),
    },
    {
      name: 'waymark_processor_parked_events',
      help: 'Events set aside because processing failed.',
      labelNames: ['processor'],
      collect: each(({ parked }) => parked),
    },
  ];
}
