import type { Where } from '../documentStore/documentStore.js';
import { documentId } from '../projections/documentId.js';
import {
  type DeliveryAttempt,
  type InterventionDocument,
  type InterventionStatus,
  interventionsCollection,
} from '../projections/interventions/document.js';
import { writingOf } from './interventionWriting.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import type { Intervention } from './models/intervention.js';
import type { InterventionInFull } from './models/interventionWriting.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import { type FoundOfPerson, ownerOf, type PersonView, userIdsOf } from './person.js';
import type { QueryPorts, View } from './view.js';

/** Newest first. */
export async function listInterventions(
  view: View,
  status: InterventionStatus | undefined,
  page: PageRequest,
): Promise<Page<Intervention>> {
  const found = await findInterventions(view, { ...(status && { status }) }, page);
  const userIdOf = await userIdsOf(
    view,
    found.documents.map(({ subject }) => subject),
  );
  return mapPage(found, (document) => toIntervention(document, userIdOf(document.subject)));
}

/** Newest first, those made under an earlier identity among them. */
export async function listInterventionsOf(
  person: PersonView,
  status: InterventionStatus | undefined,
  page: PageRequest,
): Promise<Page<Intervention>> {
  const where = { subject: { in: person.subjects }, ...(status && { status }) };
  const found = await findInterventions(person, where, page);
  return mapPage(found, (document) => toIntervention(document, person.profile.userId));
}

/** One intervention with how its text came about, in a view of the person it is about. */
export async function findIntervention(
  { eventStore }: Pick<QueryPorts, 'eventStore'>,
  view: View,
  interventionId: string,
): Promise<FoundOfPerson<InterventionInFull> | undefined> {
  const id = documentId(view.tenantId, interventionId);
  const document = await view.documents.get<InterventionDocument>(interventionsCollection.name, id);
  if (document === undefined) return undefined;
  const { userId, subjects } = await ownerOf(view, document.subject);
  const writing = await writingOf(eventStore, view.tenantId, interventionId);
  return { view: { ...view, subjects }, found: { ...toIntervention(document, userId), writing } };
}

function findInterventions(view: View, where: Where, page: PageRequest) {
  return view.documents.find<InterventionDocument>(interventionsCollection.name, {
    where: { tenantId: view.tenantId, ...where },
    sort: { field: 'createdAt', direction: 'desc' },
    ...page,
  });
}

function aboutOf(document: InterventionDocument, userId: string | null) {
  const { interventionId: id, strategy, struggleId, featureId, signalType, severity } = document;
  return { id, userId, strategy, struggleId, featureId, signalType, severity };
}

function toIntervention(document: InterventionDocument, userId: string | null): Intervention {
  return {
    ...aboutOf(document, userId),
    createdAt: isoTime(document.createdAt),
    status: document.status,
    statusAt: isoTime(document.statusAt),
    reason: document.reason,
    channel: document.channel,
    attempts: document.attempts.map(toAttempt),
    language: document.language,
    title: document.title,
    body: document.body,
    author: document.author,
    expiresAt: isoTimeOrNull(document.expiresAt),
    deliveredAt: isoTimeOrNull(document.deliveredAt),
    failedAt: isoTimeOrNull(document.failedAt),
    openedAt: isoTimeOrNull(document.openedAt),
    seenAt: isoTimeOrNull(document.seenAt),
    clickedAt: isoTimeOrNull(document.clickedAt),
    dismissedAt: isoTimeOrNull(document.dismissedAt),
  };
}

export function toAttempt({
  startedAt,
  retryAt,
  ...attempt
}: DeliveryAttempt): Intervention['attempts'][number] {
  return { ...attempt, startedAt: isoTime(startedAt), retryAt: isoTimeOrNull(retryAt) };
}
