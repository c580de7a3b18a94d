import type { DomainEvent } from '../domain/domainEvent.js';
import { isInterventionEvent } from '../domain/intervention/events.js';
import { journeyStreamName, subjectOfJourney } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';

/** What can be followed live. A topic's name begins with its kind and holds the tenant, so that tenants never meet. */
export const liveTopics = {
  everything: (tenantId: string) => `everything/${tenantId}`,
  struggles: (tenantId: string) => `struggles/${tenantId}`,
  interventions: (tenantId: string) => `interventions/${tenantId}`,
  /** All that concerns one person: the journey's own stream name, which most events carry already. */
  person: journeyStreamName,
} as const;

const struggleTypes: ReadonlySet<string> = new Set<DomainEvent['type']>([
  'StruggleDetected',
  'StruggleEscalated',
  'StruggleResolved',
]);

/** The pseudonym of whom an event of a journey or an intervention is about; undefined for others. */
export function personIn({ event, streamName }: Recorded<DomainEvent>): string | undefined {
  return isInterventionEvent(event) ? event.data.subject : subjectOfJourney(streamName);
}

export function topicsOf({ event, streamName, metadata: { tenantId } }: Recorded<DomainEvent>): string[] {
  const topics = [liveTopics.everything(tenantId)];
  if (isInterventionEvent(event)) {
    topics.push(liveTopics.interventions(tenantId), liveTopics.person(tenantId, event.data.subject));
    return topics;
  }
  topics.push(streamName);
  if ('linkedTo' in event.data && event.data.linkedTo !== undefined) {
    topics.push(liveTopics.person(tenantId, event.data.linkedTo));
  }
  if (struggleTypes.has(event.type)) topics.push(liveTopics.struggles(tenantId));
  return topics;
}
