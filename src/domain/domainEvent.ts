import type { ErasureEvent } from './erasure/events.js';
import type { IngestionEvent } from './ingestion/events.js';
import type { InterventionEvent } from './intervention/events.js';
import type { JourneyEvent } from './journey/events.js';

export type DomainEvent = JourneyEvent | InterventionEvent | IngestionEvent | ErasureEvent;
export type DomainEventType = DomainEvent['type'];
