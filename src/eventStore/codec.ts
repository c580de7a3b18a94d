import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';
import type { JsonObject } from '../domain/json.js';
import type { EventMetadata, NewEvent, Recorded } from '../domain/metadata.js';
import type { EventData, RecordedEvent } from './eventStore.js';
import { domainTypeOf, eventTypes } from './eventTypes.js';

/**
 * Between domain events and the storage format. Personal fields leave `data` for one `personal` object:
 * encrypting that object, and dropping it for an erased person, changes this file alone.
 */
export function encode(added: NewEvent<DomainEvent>): EventData {
  const definition = eventTypes[added.event.type];
  return {
    id: added.id,
    type: definition.wire,
    data: separatePersonal(added.event.data as unknown as JsonObject, definition.personal),
    metadata: added.metadata as unknown as JsonObject,
  };
}

/** Undefined for types this version does not know, which readers pass over (link events, `$metadata`, newer types). */
export function decode(recorded: RecordedEvent): Recorded<DomainEvent> | undefined {
  const type = domainTypeOf.get(recorded.type);
  if (type === undefined) return undefined;
  const { data } = recorded;
  return {
    id: recorded.id,
    streamName: recorded.streamName,
    revision: recorded.revision,
    position: recorded.position,
    event: {
      type,
      data: data.personal === undefined ? data : joinPersonal(data, data.personal as JsonObject),
    } as unknown as DomainEvent,
    metadata: recorded.metadata as unknown as EventMetadata,
    stored: recorded,
  };
}

/** The storage names of some types, to tell events apart before they are decoded. */
export function wireNamesOf(types: readonly DomainEventType[]): ReadonlySet<string> {
  return new Set(types.map((type) => eventTypes[type].wire));
}

/** The hot path: an object from which keys were deleted, or that was spread with some left out, is slow ever after. */
function separatePersonal(data: JsonObject, fields: readonly string[]): JsonObject {
  if (!fields.some((field) => data[field] !== undefined)) return data;
  const rest: JsonObject = {};
  const personal: JsonObject = {};
  for (const field in data) (fields.includes(field) ? personal : rest)[field] = data[field];
  rest.personal = personal;
  return rest;
}

function joinPersonal(data: JsonObject, personal: JsonObject): JsonObject {
  const joined: JsonObject = {};
  for (const field in data) if (field !== 'personal') joined[field] = data[field];
  for (const field in personal) joined[field] = personal[field];
  return joined;
}
