import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { JourneyCommand, UserMessage } from '../../src/domain/journey/commands.js';
import { decide } from '../../src/domain/journey/decide.js';
import { evolve } from '../../src/domain/journey/evolve.js';
import { defaultJourneySettings } from '../../src/domain/journey/settings.js';
import { initialState } from '../../src/domain/journey/state.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { recorded, subjectNumber } from './projectionFold.js';

export type History = Recorded<DomainEvent>[];

export const historyStart = Date.parse('2026-03-01T00:00:00Z');
const minute = 60_000;

/**
 * One person's journeys as the domain decides them, each in the order of its stream: a user's, and for every third
 * person an anonymous one that is linked midway. Sessions, struggles, videos, late events; seeded.
 */
export function personHistory(n: number, random: (bound: number) => number): History[] {
  const user = subjectNumber(n);
  const userId = `user-${n}`;
  if (n % 3 !== 0) return [journey(user, messages(`${n}`, random, { userId }))];
  const anonymous = subjectNumber(n + 100_000);
  const before = messages(`${n}-before`, random, { anonymousId: `anonymous-${n}` });
  const after = messages(`${n}-after`, random, { anonymousId: `anonymous-${n}` });
  const at = historyStart + 3 * 24 * 60 * minute;
  const link: JourneyCommand = {
    type: 'LinkToUser',
    userSubject: user,
    kind: 'anonymous',
    identity: `anonymous-${n}`,
    occurredAt: at,
  };
  const added: JourneyCommand = {
    type: 'AddLinkedJourney',
    linkedSubject: anonymous,
    kind: 'anonymous',
    occurredAt: at,
  };
  return [
    journey(anonymous, [...before, link, ...after]),
    journey(user, [...messages(`${n}`, random, { userId }), added]),
  ];
}

/** The events of one journey that follow from commands. */
export function journey(subject: string, commands: readonly JourneyCommand[]): History {
  const state = initialState(subject);
  const history: History = [];
  commands.forEach((command, index) => {
    for (const { event, occurredAt } of decide(command, state, defaultJourneySettings)) {
      const messageId = command.type === 'TrackEvent' ? command.message.messageId : 'none';
      evolve(state, event, { occurredAt, messageId }, defaultJourneySettings);
      const recordedAt = historyStart + index * minute;
      history.push(
        recorded(event, journeyStreamName('default', subject), occurredAt, { messageId, recordedAt }),
      );
    }
  });
  return history;
}

function messages(
  prefix: string,
  random: (bound: number) => number,
  ids: Pick<UserMessage, 'userId' | 'anonymousId'>,
): JourneyCommand[] {
  const commands: JourneyCommand[] = [];
  let at = historyStart + random(5 * 24 * 60) * minute;
  for (let i = 0; i < 25; i++) {
    at += random(4) === 0 ? random(3 * 24 * 60) * minute : random(5 * minute);
    const late = random(8) === 0 ? random(2 * 60) * minute : 0;
    const message = { ...ids, ...content(random), messageId: `${prefix}-${i}`, occurredAt: at - late };
    commands.push({ type: 'TrackEvent', message });
  }
  return commands;
}

type Content = Pick<UserMessage, 'kind' | 'name' | 'category' | 'properties' | 'context' | 'traits'>;

function content(random: (bound: number) => number): Content {
  const context = { device: { type: random(2) === 0 ? 'ios' : 'Web' } };
  switch (random(5)) {
    case 0:
      return { kind: 'page', name: `Page ${random(4)}`, category: `category-${random(4)}`, context };
    case 1:
      return { kind: 'identify', traits: { plan: `plan-${random(3)}`, age: 20 + random(40) }, context };
    case 2:
      return {
        kind: 'track',
        name: ['Video Playback Started', 'Video Content Playing', 'Video Playback Paused'][random(3)] ?? '',
        properties: { asset_id: `video-${random(3)}`, position: random(600), total_length: 600 },
        context,
      };
    default:
      return {
        kind: 'track',
        name:
          ['Exercise Attempted', 'Exercise Failed', 'Exercise Completed', 'Help Requested'][random(4)] ?? '',
        properties: { feature: `exercise-${random(5)}` },
        context,
      };
  }
}
