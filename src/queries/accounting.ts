import {
  type AccountingDocument,
  accountingCollection,
  type SourceAccount,
} from '../projections/accounting/document.js';
import type { Tally } from '../projections/tally.js';
import { dayLength, hourLength } from '../projections/time.js';
import type { Accounting } from './models/accounting.js';
import { isoTime } from './models/fields.js';
import type { View } from './view.js';

/** Days one answer can cover. */
export const accountingDays = 400;

type Account = Accounting['bySource'][number];

/**
 * What became of every message recorded in the hours that `from` (inclusive) and `to` (exclusive) touch; epoch
 * milliseconds, at most 400 days.
 */
export async function accountFor(view: View, from: number, to: number): Promise<Accounting> {
  const start = Math.floor(from / hourLength) * hourLength;
  const end = Math.ceil(to / hourLength) * hourLength;
  const { documents } = await view.documents.find<AccountingDocument>(accountingCollection.name, {
    where: { tenantId: view.tenantId, day: { gte: Math.floor(start / dayLength) * dayLength, lt: end } },
    sort: { field: 'day', direction: 'asc' },
    limit: accountingDays + 1,
  });
  const total = emptyAccount('');
  const bySource = new Map<string, Account>();
  for (const { hour, sources } of documents.flatMap(({ hours }) => hours)) {
    if (hour < start || hour >= end) continue;
    for (const account of sources) {
      const sum = bySource.get(account.source) ?? emptyAccount(account.source);
      bySource.set(account.source, sum);
      add(sum, account);
      add(total, account);
    }
  }
  const { source: _, ...all } = total;
  const sources = [...bySource.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
  return { from: isoTime(start), to: isoTime(end), ...all, bySource: sources };
}

function emptyAccount(source: string): Account {
  return {
    source,
    received: 0,
    accepted: 0,
    duplicates: 0,
    suppressed: 0,
    suppressedByReason: {},
    rejected: 0,
    rejectedByCode: {},
  };
}

function add(sum: Account, account: SourceAccount): void {
  sum.accepted += account.accepted;
  sum.duplicates += account.duplicates;
  sum.suppressed += addTally(sum.suppressedByReason, account.suppressed);
  sum.rejected += addTally(sum.rejectedByCode, account.rejected);
  sum.received = sum.accepted + sum.duplicates + sum.suppressed + sum.rejected;
}

/** Names are reasons and codes of our own catalogue, never a client's. */
function addTally(sum: Record<string, number>, tally: Tally): number {
  let added = 0;
  for (const { name, count } of tally) {
    sum[name] = (sum[name] ?? 0) + count;
    added += count;
  }
  return added;
}
