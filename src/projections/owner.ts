import { subjectOfJourney } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import { remembering } from './remembering.js';

/**
 * Whose journey event it is: the person the journey is linked to (`linkedTo` of the event's data), else the journey's
 * own subject.
 * @throws Error for an event outside a journey, which no journey event can be
 */
export function ownerOf(recorded: Recorded<unknown>, linkedTo: string | undefined): string {
  return linkedTo ?? journeySubjectOf(recorded);
}

export function journeySubjectOf(recorded: Recorded<unknown>): string {
  const subject = subjectOf(recorded.streamName);
  if (subject === undefined) throw new Error('a journey event stands outside a journey');
  return subject;
}

const subjectOf = remembering(subjectOfJourney);
