import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { JourneyEvent, UserEventData } from '../../src/domain/journey/events.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import type { Recorded } from '../../src/domain/metadata.js';
import {
  isForwarded,
  type ProfileDocument,
  type StoredProfile,
} from '../../src/projections/profiles/document.js';
import { foldProfile } from '../../src/projections/profiles/foldProfile.js';
import { profilesProjection } from '../../src/projections/profiles/projection.js';
import { documentOf, foldStrictly, recorded, subjectNumber } from './projectionFold.js';

export const day = 24 * 3_600_000;
export const start = Date.parse('2026-03-02T10:00:00Z');
export const user = subjectNumber(1);
export const visitor = subjectNumber(2);
export const userJourney = journeyStreamName('default', user);
export const visitorJourney = journeyStreamName('default', visitor);

export function on(stream: string, event: DomainEvent, at = start): Recorded<DomainEvent> {
  return recorded(event, stream, at);
}
export function act(data: Partial<UserEventData>, at = start, stream = userJourney): Recorded<DomainEvent> {
  return on(stream, { type: 'ActionTracked', data: { sessionId: 's', name: 'Did', ...data } }, at);
}
export const started: JourneyEvent = { type: 'JourneyStarted', data: { kind: 'user', identity: 'anna' } };

export function profileOf(events: readonly Recorded<DomainEvent>[], subject = user): ProfileDocument {
  const folded = foldStrictly(profilesProjection, events);
  const stored = documentOf<StoredProfile>(folded, 'profiles', `default/${subject}`);
  if (isForwarded(stored)) throw new Error('no profile of its own');
  return stored;
}
export function asOf(events: readonly Recorded<DomainEvent>[], at: number): ProfileDocument {
  const profile = foldProfile(events, at);
  if (profile === undefined) throw new Error('nothing was folded');
  return profile;
}
