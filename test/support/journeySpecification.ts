import type { JourneyCommand, UserMessage } from '../../src/domain/journey/commands.js';
import { decide, type Occurrence } from '../../src/domain/journey/decide.js';
import type { JourneyEvent } from '../../src/domain/journey/events.js';
import { evolve } from '../../src/domain/journey/evolve.js';
import { defaultJourneySettings } from '../../src/domain/journey/settings.js';
import { initialState, type JourneyState } from '../../src/domain/journey/state.js';

export const settings = defaultJourneySettings;
export const subject = 'subject';
export const noon = Date.UTC(2026, 0, 15, 12);
export const second = 1000;
export const minute = 60 * second;

let messages = 0;

/** A message at noon plus `at` milliseconds; its id is new unless given. */
export function message(at: number, fields: Partial<UserMessage> = {}): UserMessage {
  return {
    kind: 'track',
    messageId: `m${++messages}`,
    occurredAt: noon + at,
    userId: 'ada',
    name: 'Button Shown',
    ...fields,
  };
}

export function track(at: number, name: string, properties: UserMessage['properties'] = {}): JourneyCommand {
  return { type: 'TrackEvent', message: message(at, { name, properties: properties ?? {} }) };
}

/** Decides the commands one after the other on one state: what a journey's stream holds after them. */
export function journeyAfter(commands: readonly JourneyCommand[]): {
  readonly state: JourneyState;
  readonly occurrences: Occurrence[];
  readonly events: JourneyEvent[];
} {
  const state = initialState(subject);
  const occurrences: Occurrence[] = [];
  for (const command of commands) {
    const messageId = command.type === 'TrackEvent' ? command.message.messageId : 'none';
    for (const occurrence of decide(command, state, settings)) {
      evolve(state, occurrence.event, { occurredAt: occurrence.occurredAt, messageId }, settings);
      occurrences.push(occurrence);
    }
  }
  return { state, occurrences, events: occurrences.map(({ event }) => event) };
}

/** What one more command yields after others. */
export function when(given: readonly JourneyCommand[], command: JourneyCommand): JourneyEvent[] {
  return decide(command, journeyAfter(given).state, settings).map(({ event }) => event);
}

export function ofType<T extends JourneyEvent['type']>(
  events: readonly JourneyEvent[],
  type: T,
): Extract<JourneyEvent, { type: T }>[] {
  return events.filter((event): event is Extract<JourneyEvent, { type: T }> => event.type === type);
}
