import type { MessagesRejected } from '../../domain/ingestion/events.js';
import type { EventMetadata } from '../../domain/metadata.js';
import type { Documents, Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { type QuarantineDocument, quarantineCollection } from './document.js';

const collection = quarantineCollection.name;

/** One document a rejected message. */
export const quarantineProjection: Projection = {
  name: 'quarantine',
  version: 2,
  collections: [quarantineCollection],
  aboutPersons: [collection],
  forgetPast: {
    [collection]: forgetDocument<QuarantineDocument>('rejected', ({ rejectedAt }) => rejectedAt),
  },
  eventTypes: ['MessagesRejected', 'QuarantinedMessageReplayed'],
  keys({ event, metadata }) {
    const { tenantId } = metadata;
    if (event.type === 'MessagesRejected')
      return event.data.messages.map(({ quarantineId }) => ({
        collection,
        id: documentId(tenantId, quarantineId),
      }));
    return event.type === 'QuarantinedMessageReplayed'
      ? [{ collection, id: documentId(tenantId, event.data.quarantineId) }]
      : [];
  },
  evolve({ event, metadata }, documents): void {
    if (event.type === 'MessagesRejected') quarantine(event, metadata, documents);
    if (event.type === 'QuarantinedMessageReplayed') {
      const id = documentId(metadata.tenantId, event.data.quarantineId);
      const document = documents.get<QuarantineDocument>(collection, id);
      if (document === undefined) return;
      document.status = event.data.accepted ? 'replayed' : 'rejected-again';
      document.replayedAt = metadata.recordedAt;
      documents.put(collection, document);
    }
  },
};

function quarantine({ data }: MessagesRejected, metadata: EventMetadata, documents: Documents): void {
  const { tenantId } = metadata;
  for (const { quarantineId, messageId, subject, code, reason, payload } of data.messages) {
    const document: QuarantineDocument = {
      id: documentId(tenantId, quarantineId),
      tenantId,
      quarantineId,
      messageId,
      ...(subject !== undefined && { subject }),
      code,
      reason,
      payload,
      source: metadata.source ?? null,
      rejectedAt: metadata.recordedAt,
      status: 'quarantined',
      replayedAt: null,
    };
    documents.put(collection, document);
  }
}
