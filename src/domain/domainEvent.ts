import type { IngestionEvent } from './ingestion/events.js';
import type { InterventionEvent } from './intervention/events.js';
import type { JourneyEvent } from './journey/events.js';
import type { PersonExportEvent } from './personExport/events.js';

export type DomainEvent = JourneyEvent | InterventionEvent | IngestionEvent | PersonExportEvent;
export type DomainEventType = DomainEvent['type'];
