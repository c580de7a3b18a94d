import type { DocumentKey, Projection } from '../../processors/processor.js';
import { recurringDocumentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { isUserEvent, userEventTypes } from '../userEvents.js';
import { type SessionDocument, sessionsCollection } from './document.js';
import { addEvent, endSession, mergeSessions, startedSession } from './evolve.js';

const collection = sessionsCollection.name;
const noKeys: readonly DocumentKey[] = [];

/** One document a session. A journey starts a session before it puts an event into it. */
export const sessionsProjection: Projection = {
  name: 'sessions',
  version: 2,
  collections: [sessionsCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<SessionDocument>('activity', ({ lastEventAt }) => lastEventAt) },
  eventTypes: [...userEventTypes, 'SessionStarted', 'SessionEnded', 'SessionsMerged', 'StruggleDetected'],
  keys({ event, metadata }) {
    if (!('sessionId' in event.data)) return noKeys;
    const { tenantId } = metadata;
    const key = { collection, id: recurringDocumentId(tenantId, event.data.sessionId) };
    return event.type === 'SessionsMerged'
      ? [key, { collection, id: recurringDocumentId(tenantId, event.data.mergedSessionId) }]
      : [key];
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    if (event.type === 'SessionStarted') {
      // Told again of a session that the journey has forgotten: what is known of it stays.
      const known = documents.get<SessionDocument>(
        collection,
        recurringDocumentId(metadata.tenantId, event.data.sessionId),
      );
      if (known === undefined) documents.put(collection, startedSession(recorded, event));
      return;
    }
    if (!('sessionId' in event.data)) return;
    const id = recurringDocumentId(metadata.tenantId, event.data.sessionId);
    const document = documents.get<SessionDocument>(collection, id);
    if (document === undefined) return;
    if (isUserEvent(event)) addEvent(document, event, metadata);
    else if (event.type === 'SessionEnded') endSession(document, event);
    else if (event.type === 'StruggleDetected') document.metadata.struggles += 1;
    else if (event.type === 'SessionsMerged') {
      const mergedId = recurringDocumentId(metadata.tenantId, event.data.mergedSessionId);
      const merged = documents.get<SessionDocument>(collection, mergedId);
      if (merged === undefined) return;
      mergeSessions(document, merged);
      documents.delete(collection, mergedId);
    }
    documents.put(collection, document);
  },
};
