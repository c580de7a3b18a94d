import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { KnownBreach } from '../../domain/breach/evolve.js';

export const breachesCollection: CollectionDefinition = {
  name: 'breaches',
  indexes: [
    ['tenantId', 'dueAt'],
    ['tenantId', 'status', 'dueAt'],
    ['owed', 'dueAt'],
  ],
};

/** One breach. Id: tenant and `breachId`. Times are epoch milliseconds. */
export interface BreachDocument extends Document {
  readonly tenantId: string;
  readonly status: KnownBreach['status'];
  readonly dueAt: number;
  /** Whether the authority still has to be told: then it can be overdue. */
  readonly owed: boolean;
  readonly breach: KnownBreach;
}
