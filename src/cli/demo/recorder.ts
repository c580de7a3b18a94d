import type { JsonObject } from '../../domain/json.js';
import type { Person } from './people.js';

/** A message of Segment's tracking API, still without its time. */
export interface SegmentMessage {
  readonly type: 'page' | 'track' | 'identify';
  readonly messageId: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly name?: string;
  readonly event?: string;
  readonly properties?: JsonObject;
  readonly traits?: JsonObject;
  readonly context: JsonObject;
}

export interface SimulatedMessage {
  /** When it happens; epoch milliseconds. */
  readonly at: number;
  readonly message: SegmentMessage;
}

/** Writes down what one person does in one sitting; time passes only through `wait`. */
export interface Recorder {
  readonly messages: readonly SimulatedMessage[];
  now(): number;
  wait(milliseconds: number): void;
  page(name: string, properties?: JsonObject): void;
  track(event: string, properties: JsonObject): void;
  /** The person says who they are: from here on messages carry the user id. */
  identify(traits: JsonObject): void;
}

export function startRecorder(person: Person, startsAt: number): Recorder {
  const messages: SimulatedMessage[] = [];
  let at = startsAt;
  const add = (content: Pick<SegmentMessage, 'type' | 'name' | 'event' | 'properties' | 'traits'>): void => {
    person.sent += 1;
    const identity = person.signedUp ? { userId: person.userId } : {};
    const anonymous = person.anonymousId === undefined ? {} : { anonymousId: person.anonymousId };
    messages.push({
      at: Math.round(at),
      message: {
        ...content,
        ...identity,
        ...anonymous,
        messageId: `${person.messagePrefix}-${person.sent}`,
        context: person.context,
      },
    });
  };
  return {
    messages,
    now: () => at,
    wait: (milliseconds) => {
      at += milliseconds;
    },
    page: (name, properties) => add({ type: 'page', name, ...(properties && { properties }) }),
    track: (event, properties) => add({ type: 'track', event, properties }),
    identify: (traits) => {
      person.signedUp = true;
      add({ type: 'identify', traits });
    },
  };
}
