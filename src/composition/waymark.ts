import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { fulfilByExport } from '../commands/exports/fulfilByExport.js';
import type { SearchKnowledge } from '../commands/help/knowledge.js';
import type { Configuration } from '../config.js';
import { liveReader } from '../queries/documentReader.js';
import { withoutPastEvents } from '../queries/presentEvents.js';
import type { QueryPorts } from '../queries/view.js';
import { type FirstKeys, makeFirstKeys, openAccessKeys } from './accessKeys.js';
import { type Application, createApplication } from './application.js';
import { openAuditTrail, signHeadsForEver } from './auditTrail.js';
import { createErasure } from './erasure.js';
import { startExports } from './exports.js';
import { openHelpContent } from './helpContent.js';
import { createPersonalValues } from './personalValues.js';
import { createPrivacyRequestsPart } from './privacyRequests.js';
import { createRetention } from './retention.js';
import { createHttpServer } from './server.js';
import { whileClaimed } from './sharing.js';
import { openStores, type Stores } from './stores.js';
import { applyStrategiesFile } from './strategiesFile.js';

/** Milliseconds between two looks for retention rounds that are due. */
const retentionInterval = 60_000;
/** Milliseconds between two looks at who is at risk, and at events that were waited for. */
const helpInterval = 5000;
/** Milliseconds between two looks at messages that are due. */
const deliveryInterval = 1000;

/** A running Waymark: everything started, and listening. */
export interface Waymark {
  readonly url: string;
  readonly stores: Stores;
  readonly application: Application;
  /** What stands behind each port. */
  readonly engines: Readonly<Record<string, string>>;
  /** On the very first start: the secrets of the keys that were made. */
  readonly madeKeys: FirstKeys | undefined;
  /** Answers what is under way, then stops the parts in the opposite order of their start. */
  stop(): Promise<void>;
}

/** @throws FolderInUse, EventLogDamaged, and the errors of listening */
export async function startWaymark(configuration: Configuration, log: Logger): Promise<Waymark> {
  return startOn(await openStores(configuration, log), configuration, log);
}

/** The same on opened stores, which are closed where it fails, and by its `stop`. */
export async function startOn(stores: Stores, configuration: Configuration, log: Logger): Promise<Waymark> {
  const stops: (() => Promise<void>)[] = [() => stores.close()];
  const stop = async () => {
    const failures: unknown[] = [];
    // Each part is stopped whatever became of the others: the stores come last, and must be closed.
    for (const stopPart of stops.splice(0).reverse()) {
      await stopPart().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    const keys = await openAccessKeys(configuration);
    stops.push(() => keys.close());
    let searchKnowledge: SearchKnowledge = async () => [];
    const application = await createApplication(stores, configuration, log, (...about) =>
      searchKnowledge(...about),
    );
    const { helpDelivery, helpWriting } = application;
    stops.push(() => helpDelivery.close());
    stops.push(async () => helpWriting.close());
    const { strategies } = application.help;
    if (configuration.strategiesFile !== undefined)
      await applyStrategiesFile(configuration.strategiesFile, strategies, Date.now());
    await application.processors.start();
    stops.push(() => application.processors.stop());
    const { claims } = stores.sharing;
    stops.push(
      whileClaimed(claims, 'idle-sessions', () =>
        forEver({
          round: () => application.endIdleSessions(),
          pause: application.idleSessionInterval,
          onError: (error) =>
            log.warn({ err: error }, 'idle sessions could not be looked for; the next round tries again'),
        }),
      ),
    );
    stops.push(
      whileClaimed(claims, 'help', () =>
        forEver({
          round: () => application.help.watch(),
          pause: helpInterval,
          onError: (error) =>
            log.warn({ err: error }, 'who may need help could not be looked for; the next round tries again'),
        }),
      ),
    );
    const auditHeads = await openAuditTrail(configuration, stores, application, log);
    stops.push(whileClaimed(claims, 'audit-heads', () => signHeadsForEver(auditHeads, log)));
    const ports = queryPorts(stores, application);
    const { exports, stop: stopExports } = await startExports(stores, application, ports, log);
    stops.push(stopExports);
    const { erasePerson, eraseAgain } = await createErasure({
      ...stores,
      ...application.erasureParts,
      exports,
    });
    const again = await eraseAgain();
    if (again > 0) log.warn({ persons: again }, 'erased again whom older data had brought back');
    const byExport = fulfilByExport(exports);
    const privacyRequests = createPrivacyRequestsPart({
      stores,
      application,
      configuration,
      ports,
      fulfillers: {
        ...application.fulfillers,
        access: byExport,
        portability: byExport,
        erasure: erasePerson,
      },
      seal: application.sealRequestValue,
      log,
    });
    stops.push(whileClaimed(claims, 'privacy-requests', () => privacyRequests.start()));
    const retention = createRetention(stores, application, log);
    stops.push(whileClaimed(claims, 'retention', () => retention.start(retentionInterval)));
    stops.push(
      whileClaimed(claims, 'deliveries', () =>
        forEver({
          round: () => helpDelivery.deliverDue(),
          pause: deliveryInterval,
          onError: (error) =>
            log.warn(
              { err: error },
              'messages that are due could not be looked for; the next round tries again',
            ),
        }),
      ),
    );
    const personalValues = createPersonalValues(application);
    const helpContent = await openHelpContent({
      stores,
      ports,
      personalValues,
      embeddings: configuration.embeddings,
      policyOf: (tenantId) => application.help.policies.of(tenantId).policy.compliance,
      strategiesOf: strategies.of,
      linksFor: application.helpDelivery.channels.linksFor,
      log,
    });
    searchKnowledge = helpContent.searchKnowledge;
    stops.push(async () => helpContent.close());
    const server = await createHttpServer({
      ...{
        stores,
        application,
        accessKeys: keys,
        log,
        ports,
        privacyRequests,
        auditHeads,
        exports,
        retention,
        helpContent,
      },
      personalValues,
      requestRates: configuration.requestRates,
    });
    stops.push(() => server.close());
    application.processors.giveWayToUrgent();
    const url = await server.app.listen({ host: configuration.host, port: configuration.port });
    const engines = {
      'event store': stores.eventStoreEngine.description,
      'document store': stores.documentStoreEngine.description,
      'shared state': stores.sharing.engine,
      keys: stores.description,
      'text generator': helpWriting.authors.join(', '),
      channel: ['in-app inbox', ...helpDelivery.channels.providers].join(', '),
    };
    return { url, stores, application, engines, madeKeys: await makeFirstKeys(configuration, keys), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function queryPorts({ eventStore, documentStore }: Stores, application: Application): QueryPorts {
  const { processors, subjectOf, retentionRounds } = application;
  const documents = liveReader(documentStore, processors);
  const shown = withoutPastEvents(eventStore, (tenantId) => retentionRounds.of(tenantId).cutoffs);
  return { eventStore: shown, documents, readModels: processors, subjectOf, now: Date.now };
}

/** Does it again and again, with a pause after each time. Returns what ends it. */
function forEver({
  round,
  pause,
  onError,
}: {
  round(): Promise<unknown>;
  /** Milliseconds. */
  readonly pause: number;
  onError(error: unknown): void;
}): () => Promise<void> {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await round().catch(onError);
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return () => {
    stopping.abort();
    return running;
  };
}
