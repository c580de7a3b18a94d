import { type ProfileDocument, profileBounds, type RecentSession } from './document.js';

/**
 * Takes the session's place by start, newest first, or replaces what was known of it: a late event may move its
 * ends. Beyond the bound the oldest leaves the list, its duration goes into the totals and changes no more.
 */
export function putSession(document: ProfileDocument, session: RecentSession): void {
  const { sessions, totals } = document;
  removeSession(document, session.sessionId);
  let at = 0;
  while (at < sessions.length && isBefore(sessions[at] as RecentSession, session)) at++;
  sessions.splice(at, 0, session);
  if (sessions.length <= profileBounds.sessions) return;
  const oldest = sessions.pop();
  if (oldest === undefined || oldest.endedAt === null) return;
  totals.olderSessions += 1;
  totals.olderSessionTime += oldest.endedAt - oldest.startedAt;
}

/** The later session was a part of the earlier one, which ends where it ended, if it has. */
export function mergeSessions(document: ProfileDocument, sessionId: string, mergedSessionId: string): void {
  const merged = removeSession(document, mergedSessionId);
  const session = document.sessions.find((candidate) => candidate.sessionId === sessionId);
  if (merged !== undefined && session !== undefined) session.endedAt = merged.endedAt;
}

function removeSession({ sessions }: ProfileDocument, sessionId: string): RecentSession | undefined {
  const at = sessions.findIndex((session) => session.sessionId === sessionId);
  return at < 0 ? undefined : sessions.splice(at, 1)[0];
}

/** Milliseconds, over all ended sessions; 0 where there are none. */
export function averageSessionDuration({ sessions, totals }: ProfileDocument): number {
  let count = totals.olderSessions;
  let time = totals.olderSessionTime;
  for (const { startedAt, endedAt } of sessions) {
    if (endedAt === null) continue;
    count += 1;
    time += endedAt - startedAt;
  }
  return count === 0 ? 0 : Math.round(time / count);
}

function isBefore(a: RecentSession, b: RecentSession): boolean {
  return a.startedAt > b.startedAt || (a.startedAt === b.startedAt && a.sessionId < b.sessionId);
}
