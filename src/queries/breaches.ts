import { isOwed, type KnownBreach } from '../domain/breach/evolve.js';
import { canonicalJson } from '../domain/canonicalJson.js';
import { type BreachDocument, breachesCollection } from '../projections/breaches/document.js';
import type { DocumentReader } from './documentReader.js';
import type { BreachModel } from './models/breach.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import { isJourneyEventType } from './models/journeyEvent.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

/** Those due first come first. */
export async function listBreaches(
  view: View,
  { status }: { readonly status?: KnownBreach['status'] | undefined },
  page: PageRequest,
  now: number,
): Promise<Page<BreachModel>> {
  const found = await view.documents.find<BreachDocument>(breachesCollection.name, {
    where: { tenantId: view.tenantId, ...(status !== undefined && { status }) },
    sort: { field: 'dueAt', direction: 'asc' },
    ...page,
  });
  return mapPage(found, (document) => toBreach(document.breach, now));
}

/** Of the whole installation: breaches of which the authority was not told in time. */
export function countOverdueBreaches(documents: DocumentReader, now: number): Promise<number> {
  return documents.count(breachesCollection.name, { owed: true, dueAt: { lt: now } });
}

export function toBreach(known: KnownBreach, now: number): BreachModel {
  const { recorded, assessment, affected, authority, closed } = known;
  const { scope } = assessment;
  return {
    breachId: recorded.breachId,
    status: known.status,
    awareAt: isoTime(recorded.awareAt),
    dueAt: isoTime(recorded.dueAt),
    overdue: isOwed(known) && recorded.dueAt < now,
    recordedAt: isoTime(recorded.at),
    recordedBy: recorded.by,
    assessment: {
      ...assessment,
      scope: {
        ...scope,
        from: isoTimeOrNull(scope.from),
        to: isoTimeOrNull(scope.to),
        eventTypes: scope.eventTypes.filter(isJourneyEventType),
      },
    },
    affected: affected && {
      persons: affected.persons,
      records: affected.records,
      countedAt: isoTime(affected.at),
      scopeChanged: canonicalJson(affected.scope) !== canonicalJson(scope),
    },
    authority: authority && {
      notifiedAt: isoTime(authority.notifiedAt),
      reference: authority.reference,
      delayReason: authority.delayReason,
      by: authority.by,
    },
    notifications: known.notifications.map(({ channel, notifiedAt, persons, textHash, by }) => ({
      ...{ channel, notifiedAt: isoTime(notifiedAt), persons, textHash, by },
    })),
    closed: closed && {
      reason: closed.reason,
      exemption: closed.exemption,
      note: closed.note,
      at: isoTime(closed.at),
      by: closed.by,
    },
  };
}
