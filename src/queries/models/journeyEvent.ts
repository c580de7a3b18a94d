import { z } from 'zod';
import type { JourneyEvent } from '../../domain/journey/events.js';
import { jsonObject, type Shown, text, time } from './fields.js';

const types = {
  JourneyStarted: 'concluded',
  PageViewed: 'received',
  ScreenViewed: 'received',
  ActionTracked: 'received',
  TraitsIdentified: 'received',
  GroupJoined: 'received',
  AliasDeclared: 'received',
  JourneyLinked: 'concluded',
  LinkedToUser: 'concluded',
  SessionStarted: 'concluded',
  SessionEnded: 'concluded',
  SessionsMerged: 'concluded',
  StruggleDetected: 'concluded',
  StruggleEscalated: 'concluded',
  StruggleResolved: 'concluded',
  JourneyTruncated: 'concluded',
} as const satisfies Record<JourneyEvent['type'], 'received' | 'concluded'>;

export const journeyEventTypes = Object.keys(types) as readonly JourneyEvent['type'][];

export function originOf(type: JourneyEvent['type']): 'received' | 'concluded' {
  return types[type];
}

export function isJourneyEventType(type: string): type is JourneyEvent['type'] {
  return Object.hasOwn(types, type);
}

export const journeyEvent = z
  .object({
    id: z.string(),
    type: z.enum(journeyEventTypes),
    origin: z
      .enum(['received', 'concluded'])
      .meta({ description: 'Told by a client, or concluded from what clients told.' }),
    occurredAt: time("When it happened, by the client's clock, corrected for skew."),
    recordedAt: time('When it was recorded.'),
    position: text('Its place among all recorded events.'),
    messageId: text('Of the message that led here; null where it is masked.').nullable(),
    causationId: text('The message or event that was the direct cause; null where it is masked.').nullable(),
    source: z.string().nullable().meta({ description: 'The door it came through.' }),
    data: jsonObject('What the event says, by its type. Durations are milliseconds.'),
  })
  .meta({ id: 'JourneyEvent' });
export type JourneyEventModel = Shown<z.infer<typeof journeyEvent>>;

export function isJourneyEvent(event: { readonly type: string }): event is JourneyEvent {
  return isJourneyEventType(event.type);
}
