import type { DomainEvent } from '../domain/domainEvent.js';
import { subjectOfJourney } from '../domain/journey/streamName.js';
import type { JsonValue } from '../domain/json.js';
import type { Recorded } from '../domain/metadata.js';

/** Where several instances share the people between them. */
export interface Partition {
  /** 0 to below `count`. */
  readonly index: number;
  readonly count: number;
}

/** The person an event of a journey is about: whom the journey turned out to belong to, where that is known. */
export function personOf({ event, streamName }: Recorded<DomainEvent>): string | undefined {
  const linkedTo = 'linkedTo' in event.data ? event.data.linkedTo : undefined;
  return linkedTo ?? subjectOfJourney(streamName);
}

/** By person, not by journey: earlier help to a person is remembered in one place, whatever identity they come under. */
export function isIn({ index, count }: Partition, recorded: Recorded<DomainEvent>): boolean {
  const hash = Number.parseInt((personOf(recorded) ?? '').slice(0, 8), 16);
  return (Number.isNaN(hash) ? 0 : hash % count) === index;
}

/** Of the name of a stored event. */
export function isNamedIn(names: ReadonlySet<string>, name: JsonValue | undefined): boolean {
  return typeof name === 'string' && names.has(name);
}
