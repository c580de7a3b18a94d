import type { AccessEvent } from './access/events.js';
import type { IngestionEvent } from './ingestion/events.js';
import type { InterventionEvent } from './intervention/events.js';
import type { JourneyEvent } from './journey/events.js';

export type DomainEvent = JourneyEvent | InterventionEvent | IngestionEvent | AccessEvent;
export type DomainEventType = DomainEvent['type'];
