import type { ErasureDependencies } from '../commands/erasePerson.js';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import type { JourneySnapshots } from '../commands/journeySnapshots.js';
import type { Journeys } from '../commands/journeys.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import { decisionStreamName, isDecisionStream } from '../domain/decision/streamName.js';
import { interventionStreamName, isInterventionStream } from '../domain/intervention/streamName.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { Position } from '../domain/metadata.js';
import { isReachabilityStream, reachabilityStreamName } from '../domain/reachability/streamName.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { SigningKey } from '../integrations/embedded/signingKey.js';
import type { KeyStore } from '../keyStore/keyStore.js';
import { documentsAbout } from '../processors/documentsAbout.js';
import { type Processors, ProcessorsBusy } from '../processors/processors.js';
import { type DecisionDocument, decisionsCollection } from '../projections/decisions/document.js';
import { type InterventionDocument, interventionsCollection } from '../projections/interventions/document.js';
import { type ForwardedProfile, profilesCollection } from '../projections/profiles/document.js';
import { type SuppressionDocument, suppressionsCollection } from '../projections/suppressions/document.js';
import { journeysThatGo } from '../queries/personHistory.js';
import type { Exports } from './exports.js';

export interface ErasureParts {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly keyStore: KeyStore;
  readonly ledger: ErasureLedger;
  readonly journeys: Pick<Journeys, 'suspend'>;
  readonly snapshots: Pick<JourneySnapshots, 'remove'>;
  readonly processors: Processors;
  readonly exports: Pick<Exports, 'withdraw'>;
  readonly signingKey: SigningKey;
  readonly newId: () => string;
}

/**
 * Where something of a person can be, and how it goes.
 * @param head what was recorded before this process, whose links a crash may have cut short
 * @param timeout milliseconds for each thing that is waited for, then ProcessorsBusy is thrown; undefined: for ever
 */
export function createTraces(
  { eventStore, documentStore, processors, exports, snapshots }: ErasureParts,
  head: Position | undefined,
  timeout: number | undefined,
): Pick<
  ErasureDependencies,
  'eventStore' | 'journeysOf' | 'settled' | 'streamsAbout' | 'purge' | 'remaining'
> {
  /** What was decided about these persons, and the help that came of it. */
  async function helpStreams(tenantId: string, subjects: readonly string[]): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    const about = { tenantId, subjects };
    const decisions = { name: processors.liveCollection(decisionsCollection.name), orderedBy: 'decidedAt' };
    for await (const page of documentsAbout<DecisionDocument>(documentStore, { ...decisions, ...about }))
      for (const { decisionId } of page) names.add(decisionStreamName(tenantId, decisionId));
    const offers = { name: processors.liveCollection(interventionsCollection.name), orderedBy: 'createdAt' };
    for await (const page of documentsAbout<InterventionDocument>(documentStore, { ...offers, ...about }))
      for (const { interventionId } of page) names.add(interventionStreamName(tenantId, interventionId));
    return names;
  }

  /** Where they are not to be reached. */
  async function reachabilityStreams(tenantId: string, subjects: readonly string[]): Promise<string[]> {
    const names = new Set<string>();
    const name = processors.liveCollection(suppressionsCollection.name);
    const about = { name, orderedBy: 'since', tenantId, subjects };
    for await (const page of documentsAbout<SuppressionDocument>(documentStore, about))
      for (const { subject } of page) names.add(reachabilityStreamName(tenantId, subject));
    return [...names];
  }

  return {
    eventStore,
    remaining: (tenantId, subjects) => processors.subjectsFound(tenantId, subjects),

    async journeysOf(tenantId, subjects) {
      // Of a link that a crash cut short only the earlier journey knows, and with it the read model.
      if (head !== undefined && !(await processors.waitFor('profiles', head, timeout)))
        throw new ProcessorsBusy('read-model-behind');
      const linked = new Map<string, string[]>();
      const about = {
        name: processors.liveCollection(profilesCollection.name),
        field: 'linkedTo',
        tenantId,
        subjects,
      };
      for await (const page of documentsAbout<ForwardedProfile>(documentStore, about)) {
        for (const { subject, linkedTo } of page) {
          const known = linked.get(linkedTo);
          if (known === undefined) linked.set(linkedTo, [subject]);
          else known.push(subject);
        }
      }
      const found = new Map<string, readonly string[]>();
      for (const subject of subjects) {
        found.set(subject, await journeysThatGo(eventStore, tenantId, subject, linked.get(subject) ?? []));
      }
      return found;
    },

    async settled(tenantId, subjects) {
      const over = new Set<string>();
      let next = subjects.map((subject) => journeyStreamName(tenantId, subject));
      // What is reacted to leads to decisions, and those to help: until nothing new has come of it.
      do {
        await processors.reactionsOver(next, timeout);
        await processors.projectionsCaughtUp(await eventStore.head(), timeout);
        for (const name of next) over.add(name);
        next = [...(await helpStreams(tenantId, subjects))].filter((name) => !over.has(name));
      } while (next.length > 0);
    },

    async streamsAbout(tenantId, subjects) {
      const names = new Set(await helpStreams(tenantId, subjects));
      const parked = await processors.parkedStreams(tenantId, subjects);
      const isHelp = (name: string) =>
        isInterventionStream(name) || isDecisionStream(name) || isReachabilityStream(name);
      for (const name of await reachabilityStreams(tenantId, subjects)) names.add(name);
      return [...names, ...parked.filter((name) => isHelp(name) && !names.has(name))];
    },

    async purge(tenantId, subjects) {
      await exports.withdraw(tenantId, subjects);
      await processors.purge(tenantId, subjects);
      await snapshots.remove(subjects.map((subject) => journeyStreamName(tenantId, subject)));
    },
  };
}
