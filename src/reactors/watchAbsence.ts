import type { SettleAbsence } from '../commands/help/absences.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import type { DecisionDocument } from '../projections/decisions/document.js';

const waitsAtATime = 200;

export interface WatchAbsenceOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves the read model `decisions`. */
  liveCollection(name: 'decisions'): string;
  readonly settle: SettleAbsence;
  /** Milliseconds that a wait is looked at later than it is due: what came in time is recorded by then. */
  readonly settleTime: number;
  /** Told of a wait that could not be settled; the next round tries again. */
  onError(error: unknown): void;
  now(): number;
}

/**
 * One round: settles the waits that are due, the longest due first, at most 200. The decision's own stream knows whether one
 * was settled before, so that a read model that is behind can only make a round do nothing.
 * @returns how many were found due
 */
export async function watchAbsence(options: WatchAbsenceOptions): Promise<number> {
  const { documentStore, liveCollection, settle, settleTime, onError, now } = options;
  const { documents } = await documentStore.find<DecisionDocument>(liveCollection('decisions'), {
    where: { dueAt: { lte: now() - settleTime } },
    sort: { field: 'dueAt', direction: 'asc' },
    limit: waitsAtATime,
  });
  for (const { tenantId, decisionId } of documents) {
    await settle({ tenantId, decisionId }).catch(onError);
  }
  return documents.length;
}
