import type { Logger } from 'pino';
import type { CausedStreamPorts } from '../commands/causedStream.js';
import { createAwaitAbsence, createSettleAbsence } from '../commands/help/absences.js';
import { createDecideHelp } from '../commands/help/decideHelp.js';
import type { GroundPorts } from '../commands/help/decisionGround.js';
import { openHelpPolicies } from '../commands/help/helpPolicies.js';
import { createReachOutcome } from '../commands/help/reachOutcome.js';
import { RecentDecisions } from '../commands/help/recentDecisions.js';
import { createRequestHelp } from '../commands/help/requestHelp.js';
import { openStrategies } from '../commands/help/strategies.js';
import type { Journeys } from '../commands/journeys.js';
import { readStruggleContext } from '../commands/struggleContext.js';
import { DocumentStoreUnavailable } from '../documentStore/documentStore.js';
import type { Position } from '../domain/metadata.js';
import { riskLevels } from '../domain/standing.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { Reactor } from '../processors/processor.js';
import type { Processors } from '../processors/processors.js';
import { liveReader } from '../queries/documentReader.js';
import { eventCame, findDecisionsSince, findKnownPerson, subjectsOf } from '../queries/helpFacts.js';
import { laggingProfiles } from '../queries/laggingProfiles.js';
import { attributeOutcomes } from '../reactors/attributeOutcomes.js';
import { decideHelp } from '../reactors/decideHelp.js';
import type { Partition } from '../reactors/partition.js';
import { watchAbsence } from '../reactors/watchAbsence.js';
import { type RiskPlaces, watchRisk } from '../reactors/watchRisk.js';
import type { Stores } from './stores.js';

/** Where several instances share the people to be helped. Never changed: each partition has a checkpoint. */
const helpPartitions = 8;
/** Milliseconds that the read model of decisions may take to catch up; then what needs it is tried again. */
const patience = 10_000;
/** Milliseconds after which what came in time is recorded. */
const settleTime = 10_000;

export interface HelpDecisionParts extends Pick<GroundPorts, 'permissionFor' | 'suppressedFor' | 'served'> {
  readonly stores: Pick<Stores, 'documentStore'> & {
    readonly sharing: Pick<Stores['sharing'], 'claims'>;
  };
  readonly streams: CausedStreamPorts;
  readonly journeys: Pick<Journeys, 'beside' | 'peek'>;
  readonly sealing: Pick<Sealers, 'isErased'>;
  /** There once everything is put together. */
  processors(): Processors;
  readonly log: Pick<Logger, 'warn'>;
}

export type HelpDecisions = Awaited<ReturnType<typeof createHelpDecisions>>;

/** What may be done for people, and who decides that it is. */
export async function createHelpDecisions(parts: HelpDecisionParts) {
  const { streams, journeys, sealing, log } = parts;
  const { documentStore, sharing } = parts.stores;
  const { eventStore } = streams;
  const strategies = await openStrategies(eventStore, streams.newId);
  const policies = await openHelpPolicies(eventStore, streams.newId);
  const liveCollection = (name: string) => parts.processors().liveCollection(name);
  const documents = liveReader(documentStore, { liveCollection });

  async function caughtUp(position: Position | undefined): Promise<void> {
    if (position === undefined || (await parts.processors().waitFor('decisions', position, patience))) return;
    throw new DocumentStoreUnavailable('the read model of decisions is behind');
  }

  const recent = new RecentDecisions(async () => caughtUp(await eventStore.head()));
  const ground: GroundPorts = {
    permissionFor: parts.permissionFor,
    suppressedFor: parts.suppressedFor,
    served: parts.served,
    personOf: (...about) => findKnownPerson(documents, ...about),
    profiles: laggingProfiles(() => parts.processors(), streams.now),
  };
  const decide = createDecideHelp({
    ...ground,
    ...{ streams, journeys, sealing, recent },
    strategiesOf: strategies.of,
    policyOf: policies.of,
  });
  const settle = createSettleAbsence({
    ...{ streams, decide },
    strategiesOf: strategies.of,
    eventCame: async (tenantId, subject, event) =>
      eventCame(eventStore, tenantId, await subjectsOf(documents, tenantId, subject), event),
  });

  const decider = (partition?: Partition): Reactor =>
    decideHelp({
      decide,
      awaitAbsence: createAwaitAbsence(streams, journeys, sealing),
      contextOf: (...about) => readStruggleContext(eventStore, ...about),
      strategiesOf: strategies.of,
      staleAfter: (tenantId) => policies.of(tenantId).policy.staleAfter,
      now: streams.now,
      begin: () => recent.restart(),
      ...(partition && { partition }),
    });
  const deciders = sharing.claims.alone
    ? [decider()]
    : Array.from({ length: helpPartitions }, (_, index) => decider({ index, count: helpPartitions }));

  const places: RiskPlaces = new Map();
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'help could not be decided about; the next round tries again');

  /** One look at what comes about by the passing of time. */
  async function watch(): Promise<void> {
    await watchRisk(
      {
        ...{ documentStore, liveCollection, decide, onError, newId: streams.newId, now: streams.now },
        watched: () => strategies.tenants().map((tenantId) => ({ tenantId, levels: levelsOf(tenantId) })),
      },
      places,
    );
    await watchAbsence({ documentStore, liveCollection, settle, settleTime, onError, now: streams.now });
  }

  function levelsOf(tenantId: string) {
    const levels = strategies
      .of(tenantId)
      .enabled.risk.flatMap(({ definition: { trigger } }) =>
        trigger.kind === 'risk' ? [trigger.level] : [],
      );
    const lowest = Math.min(...levels.map((level) => riskLevels.indexOf(level)), riskLevels.length);
    return riskLevels.slice(lowest);
  }

  return {
    strategies,
    policies,
    ground,
    documents,
    decide,
    requestHelp: createRequestHelp(
      decide,
      strategies.of,
      async (...about) => (await journeys.peek(...about, ({ started }) => started)) === true,
      () => eventStore.head(),
      streams.now,
    ),
    reactors: [
      ...deciders,
      attributeOutcomes({
        reach: createReachOutcome(streams, journeys),
        strategiesOf: strategies.of,
        async openDecisions(tenantId, subject, since, before) {
          await caughtUp(before);
          return findDecisionsSince(documents, tenantId, subject, since);
        },
      }),
    ],
    watch,
  };
}
