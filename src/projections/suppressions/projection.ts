import { isReachabilityEvent, reachabilityEventTypes } from '../../domain/reachability/events.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { type SuppressionDocument, suppressionIdOf, suppressionsCollection } from './document.js';

const collection = suppressionsCollection.name;

/** One document a person and channel, until the channel is released. */
export const suppressionsProjection: Projection = {
  name: 'suppressions',
  version: 1,
  collections: [suppressionsCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetDocument<SuppressionDocument>('help', ({ since }) => since) },
  eventTypes: reachabilityEventTypes,
  keys({ event, metadata }) {
    return isReachabilityEvent(event)
      ? [{ collection, id: documentId(metadata.tenantId, suppressionIdOf(event.data)) }]
      : [];
  },
  evolve({ event, metadata }, documents): void {
    if (!isReachabilityEvent(event)) return;
    const { tenantId, occurredAt: since } = metadata;
    const id = documentId(tenantId, suppressionIdOf(event.data));
    if (event.type === 'ChannelReleased') {
      documents.delete(collection, id);
      return;
    }
    const { subject, channel, reason, interventionId } = event.data;
    const document: SuppressionDocument = {
      ...{ id, tenantId, subject, channel, reason, interventionId, since },
    };
    documents.put(collection, document);
  },
};
