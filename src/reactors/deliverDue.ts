import type { InterventionAddress } from '../commands/interventionStream.js';
import type { DocumentStore } from '../documentStore/documentStore.js';
import type { InterventionDocument } from '../projections/interventions/document.js';

const messagesAtATime = 200;

export interface DeliverDueOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves the read model `interventions`. */
  liveCollection(name: 'interventions'): string;
  /** Delivers where there is room; what finds none is found again by the next round. */
  readonly deliverBeside: (address: InterventionAddress) => void;
  now(): number;
}

/**
 * One round: sets off the messages whose time has come, the longest due first: those that waited for the end of quiet hours
 * or for another try, and those that a crash left half done. The message's own stream decides, so that a read model that is
 * behind can only make a round do nothing.
 * @returns how many were found due
 */
export async function deliverDue({
  documentStore,
  liveCollection,
  deliverBeside,
  now,
}: DeliverDueOptions): Promise<number> {
  const { documents } = await documentStore.find<InterventionDocument>(liveCollection('interventions'), {
    where: { dueAt: { lte: now() } },
    sort: { field: 'dueAt', direction: 'asc' },
    limit: messagesAtATime,
  });
  for (const { tenantId, interventionId } of documents) deliverBeside({ tenantId, interventionId });
  return documents.length;
}
