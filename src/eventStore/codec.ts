import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';
import type { JsonObject } from '../domain/json.js';
import type { EventMetadata, NewEvent, Recorded } from '../domain/metadata.js';
import type { EventData, RecordedEvent } from './eventStore.js';
import { domainTypeOf, eventTypes, storageNamesOf, upcasts } from './eventTypes.js';

/** Between domain events and the storage format. Personal values are sealed before they get here. */
export function encode(added: NewEvent<DomainEvent>): EventData {
  return {
    id: added.id,
    type: eventTypes[added.event.type].wire,
    data: added.event.data as unknown as JsonObject,
    metadata: added.metadata as unknown as JsonObject,
  };
}

/** Undefined for types this version does not know, which readers pass over (link events, `$metadata`, newer types). */
export function decode(recorded: RecordedEvent): Recorded<DomainEvent> | undefined {
  const type = domainTypeOf.get(recorded.type);
  if (type === undefined) return undefined;
  return {
    id: recorded.id,
    streamName: recorded.streamName,
    revision: recorded.revision,
    position: recorded.position,
    event: {
      type,
      data: upcasts.get(recorded.type)?.(recorded.data) ?? recorded.data,
    } as unknown as DomainEvent,
    metadata: recorded.metadata as unknown as EventMetadata,
    stored: recorded,
  };
}

/** The storage names of some types, to tell events apart before they are decoded. */
export function wireNamesOf(types: readonly DomainEventType[]): ReadonlySet<string> {
  return new Set(types.flatMap(storageNamesOf));
}
