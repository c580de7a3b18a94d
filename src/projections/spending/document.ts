import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';

export const spendingCollection: CollectionDefinition = { name: 'spending', indexes: [['tenantId', 'day']] };

/** What models cost a tenant in one UTC day by the time of recording. Id: tenant and `day`. */
export interface SpendingDocument extends Document {
  readonly tenantId: string;
  /** The day's start, epoch milliseconds. */
  readonly day: number;
  /** Texts and analyses that a model was asked for. */
  texts: number;
  tokens: number;
  /** Millionths of a US dollar, of models whose price is known. */
  microUsd: number;
}
