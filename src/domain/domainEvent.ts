import type { IngestionEvent } from './ingestion/events.js';
import type { InterventionEvent } from './intervention/events.js';
import type { JourneyEvent } from './journey/events.js';

export type DomainEvent = JourneyEvent | InterventionEvent | IngestionEvent;
export type DomainEventType = DomainEvent['type'];
