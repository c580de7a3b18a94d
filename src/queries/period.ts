import type { Where } from '../documentStore/documentStore.js';

/** Epoch milliseconds; an open end where a bound is missing. */
export interface Period {
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
}

export function inPeriod(field: string, { from, to }: Period): Where {
  if (from === undefined && to === undefined) return {};
  return { [field]: { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) } };
}
