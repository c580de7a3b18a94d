import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type AccessKeys, accessRoles } from '../../src/commands/accessKeys.js';
import type { Channel, ChannelMessage } from '../../src/commands/channel.js';
import { createDeliverIntervention } from '../../src/commands/help/deliverIntervention.js';
import { createReachability } from '../../src/commands/help/reachability.js';
import { type HelpPermission, recordInterventionResponse } from '../../src/commands/interventions.js';
import type { Journeys } from '../../src/commands/journeys.js';
import { createHelpDecisions } from '../../src/composition/helpDecisions.js';
import { createHelpWriting } from '../../src/composition/helpWriting.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { defaultHelpPolicy, type HelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { linkTokens } from '../../src/http/help/linkTokens.js';
import { messageLinks } from '../../src/http/help/messageLinks.js';
import { inboxRoutes } from '../../src/http/inboxRoutes.js';
import { inboxTokens } from '../../src/http/inboxToken.js';
import type { LiveLimits } from '../../src/http/live/protocol.js';
import { liveRoutes } from '../../src/http/live/routes.js';
import { createLogger } from '../../src/http/logger.js';
import { buildServer } from '../../src/http/server.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { inAppChannel } from '../../src/integrations/inApp/inAppChannel.js';
import { soleClaims } from '../../src/processors/claims.js';
import { createProcessors, type Processors } from '../../src/processors/processors.js';
import { decisionsProjection } from '../../src/projections/decisions/projection.js';
import { interventionsProjection } from '../../src/projections/interventions/projection.js';
import { profilesProjection } from '../../src/projections/profiles/projection.js';
import { sessionsProjection } from '../../src/projections/sessions/projection.js';
import { liveReader } from '../../src/queries/documentReader.js';
import { createInbox } from '../../src/queries/inbox.js';
import { createLiveFeed, type LiveFeed } from '../../src/queries/liveFeed.js';
import { deliverHelp } from '../../src/reactors/deliverHelp.js';
import { standInPersonalValues } from './personalValues.js';
import { nobody, plainSealing } from './plainSealing.js';
import { testKeys } from './recordingServer.js';
import { allEvents, writeSide } from './writeSide.js';

const nobodySuspended: Pick<Journeys, 'beside'> = { beside: (_tenant, _subject, work) => work() };

export interface HelpSideOptions {
  readonly folder: string;
  readonly policy?: Partial<HelpPolicy>;
  /** Sees each message before the real in-app channel gets it. */
  readonly beforeSend?: (message: ChannelMessage) => void;
  readonly limits?: Partial<LiveLimits>;
  /** Whether struggles are answered as they come; otherwise the test hands events to the reactor itself. */
  readonly reacts?: boolean;
  /** Whether what was sealed for people can be opened when help goes out. */
  readonly hasKeys?: () => boolean;
}

const accessKeys: AccessKeys = {
  authenticate(secret) {
    const role = accessRoles.find((each) => secret === `key-of-${each}`);
    if (role !== undefined) return { tenantId: 'default', keyId: role, role };
    if (secret === testKeys.write) return { tenantId: 'default', keyId: 'write', role: 'write' };
    if (secret !== testKeys.administrator) return undefined;
    return { tenantId: 'default', keyId: 'administrator', role: 'administrator' };
  },
};

/** All that First help consists of, on real embedded stores and a real HTTP server. */
export async function openHelpSide(options: HelpSideOptions) {
  const eventStore = await openEmbeddedEventStore({
    folder: join(options.folder, 'events'),
    clock: Date.now,
  });
  const documentStore = openEmbeddedDocumentStore({ folder: join(options.folder, 'documents') });
  const sent: ChannelMessage[] = [];
  const inApp = inAppChannel(Date.now);
  const channel: Channel = {
    ...inApp,
    send(message, signal) {
      options.beforeSend?.(message);
      sent.push(message);
      return inApp.send(message, signal);
    },
  };
  const streams = { eventStore, now: Date.now, newId: randomUUID };
  const write = writeSide(eventStore);
  const permissionFor: HelpPermission = (tenantId, subject, channelName) =>
    write.consents.mayProcess(tenantId, subject, 'personalisation', channelName);
  const log = createLogger('silent');
  const help = await createHelpDecisions({
    stores: { documentStore, sharing: { claims: soleClaims } },
    ...{ streams, journeys: write.journeys, sealing: plainSealing, permissionFor, log },
    suppressedFor: async () => new Set(),
    served: new Set(['in_app']),
    processors: () => processors,
  });
  if (options.policy !== undefined) {
    const data = { version: 0, policy: { ...defaultHelpPolicy, ...options.policy }, at: 0, by: 'test' };
    await help.policies.execute('default', { type: 'ChangeHelpPolicy', data }, 'test');
  }
  const { reactor: writer } = await createHelpWriting({
    ...{ models: [], streams, sealing: plainSealing, permissionFor },
    ...{ strategies: help.strategies, policies: help.policies, documents: help.documents },
    ...{ journeys: write.journeys, log },
    mayPersonalise: (...about) => write.consents.mayProcess(...about, 'personalisation'),
    openSealed: async (_, texts) => texts,
    searchKnowledge: async () => [],
    linksFor: messageLinks(
      null,
      linkTokens((text) => text),
    ),
    sharing: { takeTurn: async () => () => undefined },
    processors: () => processors,
  });
  const deliverer = deliverHelp({
    deliver: createDeliverIntervention({
      ...{ streams, permissionFor, journeys: write.journeys },
      sealing: { hasKeys: async () => options.hasKeys?.() ?? true },
      channels: { in_app: [channel], email: [], sms: [], push: [], webhook: [] },
      openSealed: (tenantId, texts) => plainSealing.open(tenantId, texts),
      addressesOf: async (_, subject) => ({ userId: null, traits: new Map(), subjects: [subject] }),
      fingerprint: (_tenantId, _trait, address) => JSON.stringify(address),
      reachability: createReachability(streams),
      linksFor: messageLinks(
        null,
        linkTokens((text) => text),
      ),
    }),
    deliverBeside: () => undefined,
  });
  const processors: Processors = createProcessors({
    eventStore,
    documentStore,
    projections: [interventionsProjection, decisionsProjection, profilesProjection, sessionsProjection],
    reactors: options.reacts === false ? [] : [...help.reactors, writer, deliverer],
    clock: Date.now,
    erasedPersons: nobody,
    logger: log,
  });
  await processors.start();

  const inbox = createInbox({
    eventStore,
    documents: liveReader(documentStore, processors),
    checkpoint: async () => processors.position('interventions'),
    mayShow: async (...about) => (await permissionFor(...about, 'in_app')).allowed,
    now: Date.now,
  });
  const liveFeed = createLiveFeed(eventStore, inbox);
  let following = 0;
  const feed: LiveFeed = {
    close: liveFeed.close,
    async follow(...wanted) {
      const subscription = await liveFeed.follow(...wanted);
      following += 1;
      return {
        position: subscription.position,
        stop() {
          following -= 1;
          subscription.stop();
        },
      };
    },
  };
  const personal = standInPersonalValues();
  const tokens = inboxTokens((text) => createHmac('sha256', 'secret').update(text).digest('base64url'));
  const routes = {
    accessKeys,
    tokens,
    now: Date.now,
    feed,
    inbox,
    recordResponse: recordInterventionResponse(streams, nobodySuspended),
    subjectOf: (_: string, userId: string) => `user-${userId}`,
    personalValues: personal.ports,
  };
  const app = await buildServer({
    log,
    accessKeys,
    personalValues: personal.ports,
    ingestMessages: write.ingestMessages,
    checkMessages: write.ingestMessages,
    now: Date.now,
    pendingBytes: () => 0,
    readiness: [],
    gauges: [],
    plugins: [
      { prefix: '/v1', routes: inboxRoutes(routes) },
      { prefix: '/v1', routes: liveRoutes({ ...routes, limits: options.limits ?? {} }) },
    ],
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    personal,
    eventStore,
    documentStore,
    inbox,
    /** Live subscriptions that the server serves at the moment. */
    following: () => following,
    sent,
    help,
    /** What follows from one event: the decision, and the help it leads to. */
    async react(cause: Recorded<DomainEvent>) {
      // Else the words would hang on whether the profile is there yet.
      await processors.caughtUp();
      for (const reactor of help.reactors) {
        if (reactor.eventTypes.some((type) => type === cause.event.type)) await reactor.react(cause);
      }
      for (const recorded of await allEvents(eventStore)) {
        if (recorded.event.type === 'DecisionMade' && recorded.metadata.causationId === cause.id)
          await writer.react(recorded);
      }
      for (const recorded of await allEvents(eventStore)) {
        if (recorded.event.type === 'InterventionProposed') await deliverer.react(recorded);
      }
    },
    processors,
    /** Resolves when all read models and reactors have seen everything. */
    async caughtUp() {
      while (!(await processors.caughtUp())) await setImmediate();
    },
    send: write.send,
    journeys: write.journeys,
    consents: write.consents,
    async close() {
      await app.close();
      await feed.close();
      await processors.stop();
      await documentStore.close();
      await eventStore.close();
    },
  };
}
