import type { Where } from '../documentStore/documentStore.js';
import type { Severity } from '../domain/journey/events.js';
import { type StruggleDocument, strugglesCollection } from '../projections/struggles/document.js';
import { isoTime } from './models/fields.js';
import type { Struggle } from './models/struggle.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import { inPeriod, type Period } from './period.js';
import { type PersonView, userIdsOf } from './person.js';
import type { View } from './view.js';

export interface StruggleFilter extends Period {
  readonly feature?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly resolved?: boolean | undefined;
}

/** Newest first. */
export async function listStruggles(
  view: View,
  { feature, severity, resolved, ...period }: StruggleFilter,
  page: PageRequest,
): Promise<Page<Struggle>> {
  const found = await findStruggles(
    view,
    {
      ...(feature !== undefined && { featureId: feature }),
      ...(severity !== undefined && { severity }),
      ...(resolved !== undefined && { resolved }),
      ...inPeriod('detectedAt', period),
    },
    page,
  );
  const userIdOf = await userIdsOf(
    view,
    found.documents.map(({ subject }) => subject),
  );
  return mapPage(found, (document) => toStruggle(document, userIdOf(document.subject)));
}

/** Newest first, those of linked journeys among them. */
export async function listStrugglesOf(person: PersonView, page: PageRequest): Promise<Page<Struggle>> {
  const found = await findStruggles(person, { subject: { in: person.subjects } }, page);
  return mapPage(found, (document) => toStruggle(document, person.profile.userId));
}

function findStruggles(view: View, where: Where, page: PageRequest) {
  return view.documents.find<StruggleDocument>(strugglesCollection.name, {
    where: { tenantId: view.tenantId, ...where },
    sort: { field: 'detectedAt', direction: 'desc' },
    ...page,
  });
}

function toStruggle(document: StruggleDocument, userId: string | null): Struggle {
  return {
    id: document.struggleId,
    userId,
    sessionId: document.sessionId,
    featureId: document.featureId,
    detectedAt: isoTime(document.detectedAt),
    signalType: document.signalType,
    severity: document.severity,
    context: document.context,
    rule: document.rule,
    interventionTriggered: document.interventionTriggered,
    interventionType: document.interventionType,
    interventionDeclined: document.interventionDeclined,
    resolved: document.resolved,
    resolutionTime: document.resolutionTime,
  };
}
