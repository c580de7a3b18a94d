import { isPrivacyRequestEvent, privacyRequestEventTypes } from '../../domain/privacyRequest/events.js';
import { evolve, initialState, isOpen, type KnownRequest } from '../../domain/privacyRequest/evolve.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { type PrivacyRequestDocument, privacyRequestsCollection } from './document.js';

const collection = privacyRequestsCollection.name;

/** One document a request: what its stream says, with what lists and rounds look for. */
export const privacyRequestsProjection: Projection = {
  name: 'privacyRequests',
  version: 1,
  collections: [privacyRequestsCollection],
  eventTypes: privacyRequestEventTypes,
  keys({ event, metadata }) {
    return isPrivacyRequestEvent(event)
      ? [{ collection, id: documentId(metadata.tenantId, event.data.requestId) }]
      : [];
  },
  evolve({ event, metadata: { tenantId } }, documents): void {
    if (!isPrivacyRequestEvent(event)) return;
    const id = documentId(tenantId, event.data.requestId);
    const before = documents.get<PrivacyRequestDocument>(collection, id);
    const request = evolve(before?.request ?? initialState, event);
    if (request.status !== 'none') documents.put(collection, documentOf(id, tenantId, request));
  },
};

function documentOf(id: string, tenantId: string, request: KnownRequest): PrivacyRequestDocument {
  const { status, statusAt, asked, dueAt, retryAt, callbacks } = request;
  const isDue = status === 'pending' || status === 'in_progress';
  const owing = callbacks.filter(({ owed }) => owed.length > 0).map((each) => each.retryAt ?? statusAt);
  return {
    id,
    tenantId,
    requestId: asked.requestId,
    requestType: asked.requestType,
    // A request has at least one subject; a stream that says otherwise is found by nobody.
    subject: asked.subjects[0] ?? '',
    status,
    dueAt,
    open: isOpen(status),
    workAt: isDue ? (retryAt ?? statusAt) : null,
    callbackAt: owing.length === 0 ? null : Math.min(...owing),
    request,
  };
}
