import { decisionEventTypes, isDecisionEvent } from '../../domain/decision/events.js';
import type { DomainEvent } from '../../domain/domainEvent.js';
import { interventionEventTypes, isInterventionEvent } from '../../domain/intervention/events.js';
import { subjectOfJourney } from '../../domain/journey/streamName.js';
import type { Recorded } from '../../domain/metadata.js';
import { isReachabilityEvent, reachabilityEventTypes } from '../../domain/reachability/events.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { type RetainedStreamDocument, retainedStreamsCollection } from './document.js';

const collection = retainedStreamsCollection.name;

/**
 * One document a stream of which something can be past its period: where the retention job looks. A journey is written
 * when it begins, and where a session turns out to be older than its beginning, not with each of its events.
 */
export const retainedStreamsProjection: Projection = {
  name: 'retainedStreams',
  version: 5,
  collections: [retainedStreamsCollection],
  aboutPersons: [collection],
  forgetPast: {
    [collection](document, cutoffs) {
      // This projection's own collection holds nothing else.
      const { until, category } = document as RetainedStreamDocument;
      return until !== null && until < (cutoffs[category] ?? 0) ? undefined : document;
    },
  },
  eventTypes: [
    'JourneyStarted',
    'JourneyTruncated',
    'SessionStarted',
    ...decisionEventTypes,
    ...interventionEventTypes,
    ...reachabilityEventTypes,
    'ContextAnalysed',
    'DuplicatesDropped',
    'MessagesSuppressed',
    'MessagesRejected',
    'QuarantinedMessageReplayed',
  ],
  keys: ({ streamName, metadata }) => [{ collection, id: documentId(metadata.tenantId, streamName) }],
  evolve(recorded, documents): void {
    const id = documentId(recorded.metadata.tenantId, recorded.streamName);
    const known = documents.get<RetainedStreamDocument>(collection, id);
    const { event } = recorded;
    if (event.type === 'JourneyTruncated' && event.data.journey === null) documents.delete(collection, id);
    else {
      const document = known === undefined ? firstSeen(id, recorded) : seenAgain(known, recorded);
      if (document !== undefined) documents.put(collection, document);
    }
  },
};

type Entry = Recorded<DomainEvent>;

function firstSeen(id: string, { event, streamName, metadata }: Entry): RetainedStreamDocument | undefined {
  const { tenantId, occurredAt: since } = metadata;
  const about = { id, tenantId, streamName, since, keptAt: null };
  if (event.type === 'JourneyStarted') {
    const subject = subjectOfJourney(streamName);
    return { ...about, category: 'activity', ...(subject !== undefined && { subject }), until: null };
  }
  if (event.type === 'JourneyTruncated' || event.type === 'SessionStarted') return undefined;
  return isInterventionEvent(event) ||
    isDecisionEvent(event) ||
    isReachabilityEvent(event) ||
    event.type === 'ContextAnalysed'
    ? { ...about, category: 'help', subject: event.data.subject, until: since }
    : { ...about, category: 'rejected', until: since };
}

function seenAgain(
  known: RetainedStreamDocument,
  { event, revision, metadata }: Entry,
): RetainedStreamDocument | undefined {
  if (event.type === 'JourneyTruncated') return { ...known, keptAt: `${revision}` };
  if (event.type === 'SessionStarted') {
    const { startedAt } = event.data;
    return startedAt < known.since ? { ...known, since: startedAt } : undefined;
  }
  return known.until === null ? known : { ...known, until: Math.max(known.until, metadata.occurredAt) };
}
