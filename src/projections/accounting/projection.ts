import type { DomainEvent } from '../../domain/domainEvent.js';
import type { Projection } from '../../processors/processor.js';
import { recurringDocumentId } from '../documentId.js';
import { addToTally, otherName } from '../tally.js';
import { dayLength, hourLength, startOf } from '../time.js';
import { isUserEvent, userEventTypes } from '../userEvents.js';
import {
  type AccountingDocument,
  type AccountingHour,
  accountingBounds,
  accountingCollection,
  type SourceAccount,
} from './document.js';

const collection = accountingCollection.name;

/** What became of every message received, by the time of recording and the door it came through. */
export const accountingProjection: Projection = {
  name: 'accounting',
  version: 1,
  collections: [accountingCollection],
  eventTypes: [...userEventTypes, 'DuplicatesDropped', 'MessagesSuppressed', 'MessagesRejected'],
  keys({ metadata }) {
    return [
      { collection, id: accountingDocumentId(metadata.tenantId, startOf(dayLength, metadata.recordedAt)) },
    ];
  },
  evolve({ event, metadata }, documents): void {
    const { tenantId, recordedAt } = metadata;
    const day = startOf(dayLength, recordedAt);
    const id = accountingDocumentId(tenantId, day);
    const document = documents.get<AccountingDocument>(collection, id) ?? { id, tenantId, day, hours: [] };
    const hour = hourOf(document.hours, startOf(hourLength, recordedAt));
    addTo(accountOf(hour.sources, metadata.source ?? unknownSource), event);
    documents.put(collection, document);
  },
};

/** Where an event does not say which door it came through. */
const unknownSource = 'unknown';

/** @param day the UTC day's start, epoch milliseconds */
export function accountingDocumentId(tenantId: string, day: number): string {
  return recurringDocumentId(tenantId, String(day));
}

function addTo(account: SourceAccount, event: DomainEvent): void {
  if (isUserEvent(event)) account.accepted += 1;
  else if (event.type === 'DuplicatesDropped') account.duplicates += event.data.count;
  else if (event.type === 'MessagesSuppressed')
    addToTally(account.suppressed, event.data.reason, event.data.count, accountingBounds.codes);
  else if (event.type === 'MessagesRejected') {
    for (const { code } of event.data.messages) addToTally(account.rejected, code, 1, accountingBounds.codes);
  }
}

function hourOf(hours: AccountingHour[], hour: number): AccountingHour {
  let at = hours.length;
  for (; at > 0; at--) {
    const present = hours[at - 1] as AccountingHour;
    if (present.hour === hour) return present;
    if (present.hour < hour) break;
  }
  const added: AccountingHour = { hour, sources: [] };
  hours.splice(at, 0, added);
  return added;
}

function accountOf(sources: SourceAccount[], source: string): SourceAccount {
  const present = sources.find((account) => account.source === source);
  if (present !== undefined) return present;
  if (sources.length >= accountingBounds.sources && source !== otherName)
    return accountOf(sources, otherName);
  const added: SourceAccount = { source, accepted: 0, duplicates: 0, suppressed: [], rejected: [] };
  sources.push(added);
  return added;
}
