import { createHmac, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { createAccessLog } from '../commands/accessLog.js';
import { createCheckMessages } from '../commands/checkMessages.js';
import { createConsents } from '../commands/consents.js';
import { createEndIdleSessions } from '../commands/endIdleSessions.js';
import { fulfilRectification } from '../commands/fulfilRectification.js';
import { fulfilRestriction } from '../commands/fulfilRestriction.js';
import type { SearchKnowledge } from '../commands/help/knowledge.js';
import { createIngestionLog } from '../commands/ingestionLog.js';
import { createIngestMessages } from '../commands/ingestMessages.js';
import { type HelpPermission, recordInterventionResponse } from '../commands/interventions.js';
import type { JourneySnapshot } from '../commands/journeySnapshots.js';
import { createJourneys } from '../commands/journeys.js';
import type { MayUse, OpenSealed } from '../commands/personalAccess.js';
import { openPrivacyPolicies } from '../commands/privacyPolicies.js';
import { createRecordReplay } from '../commands/recordReplay.js';
import { openRetentionRounds } from '../commands/retentionRounds.js';
import type { Configuration } from '../config.js';
import { openDocumentSnapshots } from '../documentStore/documentSnapshots.js';
import { CodedError } from '../domain/errors.js';
import { defaultJourneySettings } from '../domain/journey/settings.js';
import type { JsonValue } from '../domain/json.js';
import { createPseudonyms } from '../integrations/embedded/pseudonyms.js';
import { Sealing } from '../keyStore/sealing.js';
import { createProcessors, type Processors } from '../processors/processors.js';
import { allProjections } from '../projections/all.js';
import { endIdleSessions } from '../reactors/endIdleSessions.js';
import { cachesOf, configurationOf } from './caches.js';
import { createEventIds } from './eventIds.js';
import { createHelpDecisions } from './helpDecisions.js';
import { createHelpDelivery } from './helpDelivery.js';
import { createHelpWriting } from './helpWriting.js';
import { createProjectionThread } from './projectionThread.js';
import type { Stores } from './stores.js';

/** Bytes of journeys kept in memory: some 25,000 people at once who did a little, 12,000 who did much. */
const maxStateBytes = 160 * 1024 * 1024;
/** People whose consent is kept in memory. */
const maxRememberedConsents = 200_000;
/** Milliseconds that other instances may go by what a person's consent was before it changed. */
const consentsStandFor = 1000;
/** Milliseconds between two looks for idle sessions. */
const idleSessionInterval = 10_000;
/** A session recorded into within this time is left alone: an import may be under way. Milliseconds. */
const settleTime = 60_000;

/** The commands and processors on opened stores; `start` sets the processors going. */
export type Application = Awaited<ReturnType<typeof createApplication>>;

export async function createApplication(
  stores: Stores,
  { channels, models }: Pick<Configuration, 'channels' | 'models'>,
  log: Logger,
  searchKnowledge: SearchKnowledge = async () => [],
) {
  const { eventStore, documentStore, keyStore, ledger, sharing } = stores;
  const subjectOf = createPseudonyms(keyStore.secret);
  const sealing = new Sealing(keyStore);
  const newId = createEventIds();
  const streams = { eventStore, now: Date.now, newId };
  const policies = await openPrivacyPolicies(eventStore, newId);
  const retentionRounds = await openRetentionRounds(eventStore, policies.tenants(), newId);
  const snapshots = await openDocumentSnapshots<JourneySnapshot>(documentStore);
  const journeys = createJourneys({
    eventStore,
    snapshots,
    settingsOf: () => defaultJourneySettings,
    sealing,
    fieldRulesOf: (tenantId) => policies.of(tenantId).fieldRules,
    newId,
    maxStateBytes,
    onSnapshotError: (error) => log.warn({ err: error }, 'a journey snapshot could not be saved'),
  });
  const consents = createConsents({
    eventStore,
    journeys,
    settingsOf: (tenantId) => policies.of(tenantId).consent,
    newId,
    maxRememberedStates: maxRememberedConsents,
    ...(sharing.claims.alone
      ? {}
      : { currency: { isInStep: () => processors.isInStep, validFor: consentsStandFor } }),
  });
  const ingestionLog = createIngestionLog({ eventStore, instanceId: randomUUID(), newId });
  const ingestion = { journeys, consents, ingestionLog, eventStore, sealing, subjectOf, newId };
  const helpPermission: HelpPermission = (tenantId, subject, channel) =>
    consents.mayProcess(tenantId, subject, 'personalisation', channel);
  const endIdleSession = createEndIdleSessions(journeys, randomUUID);

  const openSealed: OpenSealed = (tenantId, texts) => sealing.open(tenantId, texts);
  /** A key for signing, derived from the installation's secret for one use alone. */
  const signerFor = (use: string) => {
    const key = createHmac('sha256', keyStore.secret).update(use).digest();
    return (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  };
  const helpDelivery = await createHelpDelivery({
    configuration: channels,
    ...{ stores: { documentStore, sharing }, streams, journeys, consents, sealing, openSealed, signerFor },
    log,
    permissionFor: helpPermission,
    processors: () => processors,
  });

  const help = await createHelpDecisions({
    ...{ stores: { documentStore, sharing }, streams, journeys, sealing, log },
    permissionFor: helpPermission,
    suppressedFor: helpDelivery.suppressedFor,
    served: helpDelivery.served,
    processors: () => processors,
  });
  const helpWriting = await createHelpWriting({
    ...{ models, streams, journeys, sealing, openSealed, searchKnowledge, sharing, log },
    mayPersonalise: (tenantId, subject) => consents.mayProcess(tenantId, subject, 'personalisation'),
    ...{ strategies: help.strategies, policies: help.policies, documents: help.documents },
    permissionFor: helpPermission,
    linksFor: helpDelivery.channels.linksFor,
    processors: () => processors,
  });

  const projecting = {
    projections: allProjections,
    erasedPersons: () => ledger.entries(),
    pastPeriods: retentionRounds.pastPeriods,
    logger: log,
  };
  const projectionHost = createProjectionThread(stores, projecting);
  const processors: Processors = createProcessors({
    eventStore,
    documentStore,
    ...projecting,
    ...(projectionHost && { projectionHost }),
    reactors: [...help.reactors, helpWriting.reactor, helpDelivery.reactor],
    clock: Date.now,
    ...(sharing.claims.alone
      ? {}
      : {
          shared: {
            ...sharing,
            stepTime: consentsStandFor,
            observers: [
              cachesOf(journeys, consents),
              configurationOf([policies, help.strategies, help.policies], log),
            ],
          },
        }),
  });

  return {
    erasureParts: { journeys, snapshots, processors, newId },
    fulfillers: {
      rectification: fulfilRectification(journeys, openSealed, Date.now),
      restriction: fulfilRestriction(consents, Date.now),
    },
    async sealRequestValue(tenantId: string, subject: string, requestId: string, value: JsonValue) {
      const sealer = await sealing.sealerOf(tenantId, subject);
      if (sealer === undefined)
        throw new CodedError('conflict', 'The person was erased: there is nothing to change.');
      return sealer.seal(requestId, 'details', value);
    },
    subjectOf,
    policies,
    retentionRounds,
    openSealed,
    consents,
    help,
    helpPermission,
    mayUse: (async (tenantId, subject, purpose) =>
      (purpose !== 'analytics' && purpose !== 'personalisation') ||
      (await consents.mayProcess(tenantId, subject, purpose)).allowed) satisfies MayUse,
    processors,
    accessLog: createAccessLog({ eventStore, instanceId: randomUUID(), newId, now: Date.now }),
    recordReplay: createRecordReplay(ingestionLog),
    ingestMessages: createIngestMessages(ingestion),
    checkMessages: createCheckMessages(ingestion),
    recordResponse: recordInterventionResponse(streams, journeys),
    signerFor,
    helpWriting,
    helpDelivery,
    idleSessionInterval,
    /** @param settle milliseconds for which a session that was just recorded into is left alone */
    endIdleSessions: (settle: number = settleTime) =>
      endIdleSessions({
        documentStore,
        liveCollection: (name) => processors.liveCollection(name),
        endIdleSession,
        sessionTimeout: defaultJourneySettings.sessionTimeout,
        settleTime: settle,
        onError: (error) =>
          log.warn({ err: error }, 'idle sessions could not be ended; the next round tries again'),
        now: Date.now,
      }),
  };
}
