import { unreachable } from '../unreachable.js';
import type {
  InteractionKind,
  JourneyEvent,
  JourneyTruncated,
  StruggleDetected,
  StruggleEscalated,
  UserEvent,
} from './events.js';
import { advanceTrack, unknownFeature } from './featureTrack.js';
import { insertSession } from './sessions.js';
import type { JourneySettings } from './settings.js';
import { type JourneyState, stateBounds, struggleKey } from './state.js';

/** Folds one event into the state, in place (see `JourneyState`), and returns it. */
export function evolve(
  state: JourneyState,
  event: JourneyEvent,
  metadata: { readonly occurredAt: number; readonly messageId: string },
  settings: JourneySettings,
): JourneyState {
  const { occurredAt } = metadata;
  switch (event.type) {
    case 'JourneyStarted':
      state.started = true;
      return state;
    case 'PageViewed':
    case 'ScreenViewed':
    case 'ActionTracked':
    case 'TraitsIdentified':
    case 'GroupJoined':
    case 'AliasDeclared':
      state.messageIds.add(metadata.messageId);
      extendSession(state, event.data.sessionId, occurredAt);
      track(state, event, occurredAt, settings);
      return state;
    case 'JourneyLinked':
      remember(state.linkedSubjects, event.data.linkedSubject, stateBounds.linkedSubjects);
      return state;
    case 'LinkedToUser':
      state.linkedTo = event.data.userSubject;
      return state;
    case 'SessionStarted': {
      const { sessionId: id, startedAt } = event.data;
      const session = { id, startedAt, lastAt: startedAt, eventCount: 0, ended: false };
      insertSession(state.sessions, session, stateBounds.sessions);
      return state;
    }
    case 'SessionEnded':
      endSession(state, event.data.sessionId);
      return state;
    case 'SessionsMerged':
      mergeSessions(state, event.data.sessionId, event.data.mergedSessionId);
      return state;
    case 'StruggleDetected':
      openStruggle(state, event, occurredAt);
      return state;
    case 'StruggleEscalated':
      escalateStruggle(state, event, occurredAt);
      return state;
    case 'StruggleResolved':
      state.openStruggles.delete(struggleKey(event.data.signalType, event.data.featureId));
      return state;
    case 'JourneyTruncated':
      truncate(state, event);
      return state;
    default:
      return unreachable(event);
  }
}

/** What was recorded after the events that went is in the state already. */
function truncate(
  state: JourneyState,
  { data: { struggleCount, journey, former, linkedTo } }: JourneyTruncated,
): void {
  state.struggleCount = struggleCount;
  state.started = journey !== null;
  state.linkedTo = linkedTo;
  for (const subject of former?.subjects ?? []) remember(state.formerLinks, subject, stateBounds.formerLinks);
  for (const subject of journey?.linkedSubjects ?? [])
    remember(state.linkedSubjects, subject, stateBounds.linkedSubjects);
  if (journey !== null) return;
  state.sessions.length = 0;
  state.messageIds.clear();
  state.features.clear();
  state.openStruggles.clear();
  state.linkedSubjects.clear();
}

function remember(set: Set<string>, value: string, bound: number): void {
  set.add(value);
  if (set.size <= bound) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}

function extendSession(state: JourneyState, sessionId: string, at: number): void {
  for (let i = state.sessions.length - 1; i >= 0; i--) {
    const session = state.sessions[i];
    if (session === undefined || session.id !== sessionId) continue;
    session.eventCount++;
    if (at < session.startedAt) session.startedAt = at;
    if (at > session.lastAt) {
      session.lastAt = at;
      // A late event that prolongs an ended session opens it again: it will end once more, with the right times.
      session.ended = false;
    }
    return;
  }
}

function track(state: JourneyState, event: UserEvent, at: number, settings: JourneySettings): void {
  const { interaction, name, sessionId } = event.data;
  if (interaction === undefined) return;
  const featureId = interaction.featureId ?? unknownFeature;
  const before = state.features.get(featureId);
  const after = advanceTrack(before, interaction, name ?? event.type, at, sessionId, settings);
  state.features.delete(featureId);
  state.features.set(featureId, after);
  dropOldest(state.features, stateBounds.features);
  if (signsOfTrouble.has(interaction.kind)) keepAlive(state, featureId, at, settings);
}

const signsOfTrouble: ReadonlySet<InteractionKind> = new Set([
  'attempted',
  'failed',
  'abandoned',
  'error',
  'help',
  'click',
]);

/** A struggle that goes on is not forgotten, also while it grows no worse. */
function keepAlive(
  state: JourneyState,
  featureId: string,
  at: number,
  { struggleMemory }: JourneySettings,
): void {
  for (const open of state.openStruggles.values()) {
    const goesOn = at > open.lastAt && at - open.lastAt <= struggleMemory;
    if (open.featureId === featureId && goesOn) open.lastAt = at;
  }
}

function endSession(state: JourneyState, sessionId: string): void {
  for (const session of state.sessions) if (session.id === sessionId) session.ended = true;
  for (const [featureId, feature] of state.features) {
    if (feature.startedIn === sessionId)
      state.features.set(featureId, { ...feature, startedIn: '', startedAt: 0 });
  }
}

function mergeSessions(state: JourneyState, sessionId: string, mergedSessionId: string): void {
  const session = state.sessions.find(({ id }) => id === sessionId);
  const at = state.sessions.findIndex(({ id }) => id === mergedSessionId);
  const merged = state.sessions[at];
  if (session === undefined || merged === undefined) return;
  session.lastAt = Math.max(session.lastAt, merged.lastAt);
  session.eventCount += merged.eventCount;
  session.ended = merged.ended;
  state.sessions.splice(at, 1);
  for (const [featureId, feature] of state.features) {
    if (feature.startedIn === mergedSessionId)
      state.features.set(featureId, { ...feature, startedIn: sessionId });
  }
}

function openStruggle(state: JourneyState, { data }: StruggleDetected, at: number): void {
  const { struggleId, featureId, signalType, severity } = data;
  state.struggleCount++;
  const key = struggleKey(signalType, featureId);
  state.openStruggles.delete(key);
  state.openStruggles.set(key, { struggleId, featureId, signalType, severity, detectedAt: at, lastAt: at });
  dropOldest(state.openStruggles, stateBounds.openStruggles);
}

function escalateStruggle(state: JourneyState, { data }: StruggleEscalated, at: number): void {
  const open = state.openStruggles.get(struggleKey(data.signalType, data.featureId));
  if (open === undefined) return;
  open.severity = data.severity;
  open.lastAt = Math.max(open.lastAt, at);
}

function dropOldest<V>(map: Map<string, V>, bound: number): void {
  if (map.size <= bound) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
