import type { Session } from './state.js';

/**
 * Sessions of one person never lie closer than the timeout: together they are the partition of the person's
 * event times at gaps longer than it, in whatever order the events arrive. A late event extends the session it falls
 * into, and one that bridges the gap between two merges them.
 */
export type SessionChoice =
  | { readonly kind: 'current'; readonly session: Session }
  | { readonly kind: 'merge'; readonly session: Session; readonly merged: Session }
  | { readonly kind: 'new' };

export function chooseSession(sessions: readonly Session[], at: number, timeout: number): SessionChoice {
  for (let i = sessions.length - 1; i >= 0; i--) {
    const session = sessions[i] as Session;
    if (at > session.lastAt + timeout) break;
    if (at < session.startedAt - timeout) continue;
    const earlier = sessions[i - 1];
    return earlier !== undefined && at <= earlier.lastAt + timeout
      ? { kind: 'merge', session: earlier, merged: session }
      : { kind: 'current', session };
  }
  return { kind: 'new' };
}

/** Unique within the person: two sessions of one person never start at the same time. */
export function sessionIdOf(subject: string, startedAt: number): string {
  return `${subject}-${startedAt.toString(36)}`;
}

/** When it started, as `SessionStarted` said, epoch milliseconds; undefined for what is no session's id. */
export function startOfSession(sessionId: string): number | undefined {
  const started = sessionId.slice(sessionId.lastIndexOf('-') + 1);
  return /^[0-9a-z]{1,10}$/.test(started) && sessionId.includes('-')
    ? Number.parseInt(started, 36)
    : undefined;
}

/** Takes its place by start; the oldest is forgotten beyond the bound. */
export function insertSession(sessions: Session[], session: Session, bound: number): void {
  let i = sessions.length;
  while (i > 0 && (sessions[i - 1] as Session).startedAt > session.startedAt) i--;
  sessions.splice(i, 0, session);
  if (sessions.length > bound) sessions.shift();
}
