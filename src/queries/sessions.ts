import { documentId } from '../projections/documentId.js';
import { type SessionDocument, sessionsCollection } from '../projections/sessions/document.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import type { Session } from './models/session.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import { type FoundOfPerson, ownerOf, type PersonView } from './person.js';
import type { View } from './view.js';

/** Newest first, those of linked journeys among them. */
export async function listSessionsOf(person: PersonView, page: PageRequest): Promise<Page<Session>> {
  const found = await person.documents.find<SessionDocument>(sessionsCollection.name, {
    where: { tenantId: person.tenantId, subject: { in: person.subjects } },
    sort: { field: 'startTime', direction: 'desc' },
    ...page,
  });
  return mapPage(found, (document) => toSession(document, person.profile.userId));
}

/** One session, in a view of the person whose it is. */
export async function findSession(
  view: View,
  sessionId: string,
): Promise<FoundOfPerson<Session> | undefined> {
  const id = documentId(view.tenantId, sessionId);
  const document = await view.documents.get<SessionDocument>(sessionsCollection.name, id);
  if (document === undefined) return undefined;
  const { userId, subjects } = await ownerOf(view, document.subject);
  return { view: { ...view, subjects }, found: toSession(document, userId) };
}

function toSession(document: SessionDocument, userId: string | null): Session {
  const { entryPageAt: _, exitPageAt: __, ...metadata } = document.metadata;
  return {
    sessionId: document.sessionId,
    userId,
    startTime: isoTime(document.startTime),
    endTime: isoTimeOrNull(document.endTime),
    eventCount: document.eventCount,
    device: document.device,
    metadata,
  };
}
