import { isDecisionEvent } from '../domain/decision/events.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { isInterventionEvent } from '../domain/intervention/events.js';
import { subjectOfJourney } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';

/** Pseudonym of the person whom an event is about and with whom it goes; undefined for what outlives them, as consents do. */
export function personIn({ event, streamName }: Recorded<DomainEvent>): string | undefined {
  if (isInterventionEvent(event) || isDecisionEvent(event)) return event.data.subject;
  if (event.type === 'ContextAnalysed') return event.data.subject;
  if (event.type === 'MessagesRejected') return event.data.messages[0]?.subject;
  return subjectOfJourney(streamName);
}
