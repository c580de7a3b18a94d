import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { Tally } from '../tally.js';

export const accountingCollection: CollectionDefinition = {
  name: 'accounting',
  indexes: [['tenantId', 'day']],
};

/** Sources, reasons and codes told apart in an hour, the first ones in stream order; the rest count as `other`. */
export const accountingBounds = { sources: 50, codes: 50 } as const;

/** One UTC day by the time of recording. Id: tenant and `day`. */
export interface AccountingDocument extends Document {
  readonly tenantId: string;
  /** The day's start, epoch milliseconds. */
  readonly day: number;
  /** At most 24, by `hour`; hours without messages are left out. */
  readonly hours: AccountingHour[];
}

export interface AccountingHour {
  /** The hour's start, epoch milliseconds. */
  readonly hour: number;
  readonly sources: SourceAccount[];
}

/** Received = accepted + duplicates + the sums of suppressed and rejected. */
export interface SourceAccount {
  readonly source: string;
  accepted: number;
  duplicates: number;
  /** By reason. */
  readonly suppressed: Tally;
  /** By code. */
  readonly rejected: Tally;
}
