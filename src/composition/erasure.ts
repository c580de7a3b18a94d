import { createErasePerson, removeTraces, verifyErased } from '../commands/erasePerson.js';
import type { ErasureLedger } from '../commands/erasureLedger.js';
import { signReceipt } from '../commands/erasureReceipt.js';
import type { JourneySnapshots } from '../commands/journeySnapshots.js';
import type { Journeys } from '../commands/journeys.js';
import {
  type DocumentCursor,
  type DocumentStore,
  DocumentStoreUnavailable,
} from '../documentStore/documentStore.js';
import { interventionStreamName } from '../domain/intervention/streamName.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { SigningKey } from '../integrations/embedded/signingKey.js';
import type { KeyStore } from '../keyStore/keyStore.js';
import type { Processors } from '../processors/processors.js';
import { type InterventionDocument, interventionsCollection } from '../projections/interventions/document.js';
import { findHistory } from '../queries/personHistory.js';
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

const interventionsAtATime = 200;
/** Milliseconds. */
const longestWait = 60_000;

/** What erases a person, and what erases again after an old backup was restored. */
export function createErasure(parts: ErasureParts) {
  const { eventStore, documentStore, keyStore, ledger, journeys, snapshots, processors } = parts;
  const { exports, signingKey } = parts;

  const traces = {
    eventStore,
    remaining: (tenantId: string, subjects: readonly string[]) => processors.countAbout(tenantId, subjects),
    async purge(tenantId: string, subjects: readonly string[]) {
      await exports.withdraw(tenantId, subjects);
      await processors.purge(tenantId, subjects);
      await snapshots.remove(subjects.map((subject) => journeyStreamName(tenantId, subject)));
    },
    async streamsAbout(tenantId: string, subjects: readonly string[]) {
      const head = await eventStore.head();
      if (head !== undefined && !(await processors.waitFor('interventions', head, longestWait)))
        throw new DocumentStoreUnavailable('the read model of interventions is behind');
      const names: string[] = [];
      for (const subject of subjects) {
        for await (const { interventionId } of interventionsOf(tenantId, subject))
          names.push(interventionStreamName(tenantId, interventionId));
      }
      return names;
    },
  };

  /** Whatever came back with an older copy: keys, events, or documents that were made of them anew. */
  async function isErased(tenantId: string, subjects: readonly string[]): Promise<boolean> {
    await processors.projectionsCaughtUp(await eventStore.head());
    const verified = await verifyErased({ ...traces, keyStore }, tenantId, subjects);
    return verified.every(({ holds }) => holds);
  }

  async function* interventionsOf(
    tenantId: string,
    subject: string,
  ): AsyncGenerator<InterventionDocument, void, undefined> {
    const collection = processors.liveCollection(interventionsCollection.name);
    for (let after: DocumentCursor | undefined; ; ) {
      const page = await documentStore.find<InterventionDocument>(collection, {
        where: { tenantId, subject },
        limit: interventionsAtATime,
        ...(after === undefined ? {} : { after }),
      });
      yield* page.documents;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  return {
    erasePerson: createErasePerson({
      ...traces,
      keyStore,
      journeys,
      ledger,
      async journeysOf(tenantId, subject) {
        const history = await findHistory(eventStore, tenantId, subject, Number.POSITIVE_INFINITY);
        // What is linked to the one who was named goes along; never the other way, up to whom a shared device belongs to.
        return history?.subject === subject ? history.journeys : [subject];
      },
      sign: (statement) => signReceipt({ ...statement }, signingKey),
      now: Date.now,
      newId: parts.newId,
    }),
    /**
     * Erases whom the ledger names and the key store does not know as erased: their data came back with an older copy.
     * To be called before anything is served. @returns how many persons
     */
    async eraseAgain(): Promise<number> {
      let again = 0;
      for await (const { tenantId, subjects, erasedAt } of ledger.entries()) {
        if (await isErased(tenantId, subjects)) continue;
        await journeys.suspend(tenantId, subjects);
        await keyStore.destroy(tenantId, subjects, erasedAt);
        await removeTraces(traces, tenantId, subjects);
        again += 1;
      }
      return again;
    },
  };
}
