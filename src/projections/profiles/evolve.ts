import type { InterventionEvent } from '../../domain/intervention/events.js';
import type { JourneyEvent } from '../../domain/journey/events.js';
import { dayOf, minuteLength, startOf } from '../time.js';
import { addActivity } from './activity.js';
import { moveToDay } from './assess.js';
import type { ProfileDocument } from './document.js';
import { addIntervention } from './interventionHistory.js';
import { mergeSessions, putSession } from './profileSessions.js';
import { findOpenStruggle, putOpenStruggle, removeOpenStruggle } from './struggleList.js';

/**
 * Folds one event into the person's document, in place. Nothing depends on the order in which different journeys of
 * one person were recorded, as long as no bound is reached; within a journey the stream's order holds.
 */
export function evolveProfile(
  document: ProfileDocument,
  event: JourneyEvent | InterventionEvent,
  at: number,
): void {
  switch (event.type) {
    case 'JourneyStarted':
      if (event.data.kind === 'user') document.userId ??= event.data.identity;
      else document.anonymousId ??= event.data.identity;
      seen(document, at);
      break;
    case 'PageViewed':
    case 'ScreenViewed':
    case 'ActionTracked':
    case 'TraitsIdentified':
    case 'GroupJoined':
    case 'AliasDeclared':
      seen(document, at);
      addActivity(document, event, at);
      break;
    case 'SessionStarted': {
      const { sessionId, startedAt } = event.data;
      document.totals.sessions += 1;
      putSession(document, { sessionId, startedAt, endedAt: null });
      break;
    }
    case 'SessionEnded': {
      const { sessionId, startedAt, endedAt } = event.data;
      putSession(document, { sessionId, startedAt, endedAt });
      break;
    }
    case 'SessionsMerged':
      document.totals.sessions -= 1;
      mergeSessions(document, event.data.sessionId, event.data.mergedSessionId);
      break;
    case 'StruggleDetected': {
      const { struggleId, featureId, severity } = event.data;
      document.totals.struggles += 1;
      putOpenStruggle(document, { struggleId, featureId, detectedAt: at, severity });
      break;
    }
    case 'StruggleEscalated': {
      const struggle = findOpenStruggle(document, event.data.struggleId);
      if (struggle !== undefined) struggle.severity = event.data.severity;
      break;
    }
    case 'StruggleResolved':
      document.totals.strugglesResolved += 1;
      removeOpenStruggle(document, event.data.struggleId);
      break;
    case 'JourneyLinked':
    case 'LinkedToUser':
    case 'JourneyTruncated':
      break;
    default:
      addIntervention(document, event, at);
      return;
  }
  moveToDay(document, dayOf(at));
}

function seen(document: ProfileDocument, at: number): void {
  if (at < document.createdAt) document.createdAt = at;
  if (at > document.lastActiveAt) {
    document.lastActiveAt = at;
    document.lastActiveMinute = startOf(minuteLength, at);
  }
}
