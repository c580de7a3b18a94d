import type { DomainEvent } from '../../domain/domainEvent.js';
import { interventionEventTypes } from '../../domain/intervention/events.js';
import { startOfSession } from '../../domain/journey/sessions.js';
import type { Recorded } from '../../domain/metadata.js';
import type { DocumentKey, Projection } from '../../processors/processor.js';
import { deviceTypeOf } from '../device.js';
import { addToSketch } from '../distinctSketch.js';
import { recurringDocumentId } from '../documentId.js';
import { ownerOf } from '../owner.js';
import { dayLength, hourLength, minuteLength, startOf } from '../time.js';
import { isUserEvent, userEventTypes } from '../userEvents.js';
import { type MetricsDocument, type MetricsSpan, metricsCollection } from './document.js';
import { addCount, emptyMetrics } from './series.js';

const collection = metricsCollection.name;

/**
 * Counters by the minute, hour and day in which things occurred: a late event counts where it belongs. Counts and
 * sketches do not depend on the order, as long as no dimension has more values than are told apart.
 */
export const metricsProjection: Projection = {
  name: 'metrics',
  version: 2,
  collections: [metricsCollection],
  eventTypes: [
    ...userEventTypes,
    'SessionStarted',
    'SessionsMerged',
    'StruggleDetected',
    'StruggleResolved',
    ...interventionEventTypes,
  ],
  keys({ event, metadata }) {
    return keysOfHour(metadata.tenantId, startOf(hourLength, timeOf(event, metadata.occurredAt)));
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    const { tenantId } = metadata;
    const at = timeOf(event, metadata.occurredAt);
    for (const { span, start, id } of keysOfHour(tenantId, startOf(hourLength, at))) {
      const document =
        documents.get<MetricsDocument>(collection, id) ?? emptyMetrics(id, tenantId, span, start);
      const slot = Math.floor((at - start) / slotLength[span]);
      count(document, slot, recorded);
      documents.put(collection, document);
    }
  },
};

interface MetricsKey extends DocumentKey {
  readonly span: MetricsSpan;
  readonly start: number;
}

let lastTenant = '';
let lastHour = -1;
let lastKeys: readonly MetricsKey[] = [];

/** The documents an hour counts in. Events come nearly in order, so mostly the same as for the event before. */
function keysOfHour(tenantId: string, hour: number): readonly MetricsKey[] {
  if (hour !== lastHour || tenantId !== lastTenant) {
    const day = startOf(dayLength, hour);
    lastKeys = [
      { collection, id: metricsDocumentId(tenantId, 'hour', hour), span: 'hour', start: hour },
      { collection, id: metricsDocumentId(tenantId, 'day', day), span: 'day', start: day },
    ];
    lastTenant = tenantId;
    lastHour = hour;
  }
  return lastKeys;
}

const slotLength = { hour: minuteLength, day: hourLength } as const;

/** @param start the hour's or UTC day's start, epoch milliseconds */
export function metricsDocumentId(tenantId: string, span: MetricsSpan, start: number): string {
  return recurringDocumentId(tenantId, `${span}/${start}`);
}

/** A session counts where it started, and is taken back from there; everything else counts where it occurred. */
function timeOf(event: DomainEvent, occurredAt: number): number {
  if (event.type === 'SessionStarted') return event.data.startedAt;
  return event.type === 'SessionsMerged'
    ? (startOfSession(event.data.mergedSessionId) ?? occurredAt)
    : occurredAt;
}

function count(document: MetricsDocument, slot: number, recorded: Recorded<DomainEvent>): void {
  const { event } = recorded;
  const byFeature = document.span === 'day';
  switch (event.type) {
    case 'SessionStarted':
      addCount(document, slot, 'sessions', null, null);
      return;
    case 'SessionsMerged':
      // What was counted as a session of its own turned out to be a part of another.
      addCount(document, slot, 'sessions', null, null, -1);
      return;
    case 'StruggleDetected':
      addCount(document, slot, 'struggles', null, null);
      addCount(document, slot, 'struggles', 'signalType', event.data.signalType);
      addCount(document, slot, 'struggles', 'severity', event.data.severity);
      if (byFeature) addCount(document, slot, 'struggles', 'feature', event.data.featureId);
      return;
    case 'StruggleResolved':
      addCount(document, slot, 'strugglesResolved', null, null);
      addCount(document, slot, 'strugglesResolved', 'signalType', event.data.signalType);
      if (byFeature) addCount(document, slot, 'strugglesResolved', 'feature', event.data.featureId);
      return;
    case 'InterventionProposed':
    case 'InterventionDeclined':
    case 'InterventionDelivered':
    case 'InterventionFailed':
    case 'InterventionSeen':
    case 'InterventionClicked':
    case 'InterventionDismissed':
      // The whole metric counts interventions, the statuses how often each was reached.
      if (event.type === 'InterventionProposed') addCount(document, slot, 'interventions', null, null);
      addCount(document, slot, 'interventions', 'status', statusOf[event.type]);
      return;
  }
  if (!isUserEvent(event)) return;
  addCount(document, slot, 'events', null, null);
  addCount(document, slot, 'events', 'type', event.type);
  addCount(document, slot, 'events', 'deviceType', deviceTypeOf(event.data.context));
  const featureId = event.data.interaction?.featureId;
  if (byFeature && featureId !== undefined) addCount(document, slot, 'events', 'feature', featureId);
  const sketch = document.activeUsers[slot] ?? '';
  const added = addToSketch(sketch, ownerOf(recorded, event.data.linkedTo));
  if (added !== sketch) document.activeUsers[slot] = added;
}

const statusOf = {
  InterventionProposed: 'proposed',
  InterventionDeclined: 'declined',
  InterventionDelivered: 'delivered',
  InterventionFailed: 'failed',
  InterventionSeen: 'seen',
  InterventionClicked: 'clicked',
  InterventionDismissed: 'dismissed',
} as const;
