import { unreachable } from '../unreachable.js';
import type {
  AddLinkedJourney,
  EndIdleSessions,
  JourneyCommand,
  LinkToUser,
  TruncateJourney,
  UserMessage,
} from './commands.js';
import type {
  FormerLinks,
  IdentityKind,
  Interaction,
  JourneyEvent,
  UserEvent,
  UserEventData,
} from './events.js';
import { advanceTrack, unknownFeature } from './featureTrack.js';
import { interpretInteraction } from './interaction.js';
import { chooseSession, sessionIdOf } from './sessions.js';
import type { JourneySettings } from './settings.js';
import { type JourneyState, type Session, stateBounds } from './state.js';
import {
  concludeInteraction,
  concludeSessionEnd,
  type StruggleDecision,
  struggleDecision,
} from './struggles.js';
import { interpretVideo } from './video.js';

/** An event and when it happened, epoch milliseconds. */
export interface Occurrence {
  readonly event: JourneyEvent;
  readonly occurredAt: number;
}

/** What follows from a command. A command that changes nothing, a repeated message above all, yields no events. */
export function decide(
  command: JourneyCommand,
  state: JourneyState,
  settings: JourneySettings,
): Occurrence[] {
  switch (command.type) {
    case 'TrackEvent':
      return trackEvent(command.message, state, settings);
    case 'LinkToUser':
      return linkToUser(command, state);
    case 'AddLinkedJourney':
      return addLinkedJourney(command, state);
    case 'EndIdleSessions':
      return endIdleSessions(command, state, settings);
    case 'TruncateJourney':
      return truncate(command, state);
    default:
      return unreachable(command);
  }
}

function trackEvent(message: UserMessage, state: JourneyState, settings: JourneySettings): Occurrence[] {
  if (state.messageIds.has(message.messageId)) return [];
  const { occurredAt } = message;
  const interaction = interpretInteraction(message);
  const completing =
    interaction?.kind === 'succeeded' ? (interaction.featureId ?? unknownFeature) : undefined;
  const struggles = struggleDecision(state, settings, completing);
  const occurrences: Occurrence[] = [];
  const add = (event: JourneyEvent, at: number = occurredAt) => {
    occurrences.push(occurrence(event, at, state));
  };

  if (!state.started) add(journeyStarted(message));
  const choice = chooseSession(state.sessions, occurredAt, settings.sessionTimeout);
  const sessionId = choice.kind === 'new' ? sessionIdOf(state.subject, occurredAt) : choice.session.id;
  if (choice.kind === 'new') startSession(sessionId, occurredAt, struggles, add);
  if (choice.kind === 'merge') {
    add({ type: 'SessionsMerged', data: { sessionId, mergedSessionId: choice.merged.id } });
  }
  const event = userEvent(message, sessionId, interaction);
  add(event);
  concludeFrom(event, occurredAt, struggles, add);
  if (choice.kind === 'new' && isTooOldToRemember(occurredAt, state)) {
    add({
      type: 'SessionEnded',
      data: { sessionId, startedAt: occurredAt, endedAt: occurredAt, eventCount: 1 },
    });
  }
  return occurrences;
}

type Add = (event: JourneyEvent, occurredAt?: number) => void;

function startSession(sessionId: string, startedAt: number, struggles: StruggleDecision, add: Add): void {
  const { state, settings } = struggles;
  const [oldest] = state.sessions;
  const forgotten = isFull(state) && !isTooOldToRemember(startedAt, state) ? oldest : undefined;
  for (const session of state.sessions) {
    if (isOver(session, startedAt, settings) || (session === forgotten && !session.ended)) {
      endSession(session, struggles, add);
    }
  }
  add({ type: 'SessionStarted', data: { sessionId, startedAt } });
}

function concludeFrom({ type, data }: UserEvent, at: number, struggles: StruggleDecision, add: Add): void {
  const { interaction, sessionId } = data;
  if (interaction === undefined) return;
  const featureId = interaction.featureId ?? unknownFeature;
  const before = struggles.state.features.get(featureId);
  const track = advanceTrack(before, interaction, data.name ?? type, at, sessionId, struggles.settings);
  for (const event of concludeInteraction(struggles, featureId, interaction, before, track, sessionId))
    add(event);
}

function isFull(state: JourneyState): boolean {
  return state.sessions.length >= stateBounds.sessions;
}

/** Earlier than every remembered session while there is no room for another: it stays a session of one event. */
function isTooOldToRemember(at: number, state: JourneyState): boolean {
  return isFull(state) && at < (state.sessions[0]?.startedAt ?? 0);
}

function endIdleSessions(
  { now }: EndIdleSessions,
  state: JourneyState,
  settings: JourneySettings,
): Occurrence[] {
  const struggles = struggleDecision(state, settings);
  const occurrences: Occurrence[] = [];
  for (const session of state.sessions) {
    if (!isOver(session, now, settings)) continue;
    endSession(session, struggles, (event, at = now) => occurrences.push(occurrence(event, at, state)));
  }
  return occurrences;
}

function isOver(session: Session, at: number, { sessionTimeout }: JourneySettings): boolean {
  return !session.ended && at > session.lastAt + sessionTimeout;
}

function endSession(session: Session, struggles: StruggleDecision, add: Add): void {
  const { id: sessionId, startedAt, lastAt: endedAt, eventCount } = session;
  const overAt = endedAt + struggles.settings.sessionTimeout;
  add({ type: 'SessionEnded', data: { sessionId, startedAt, endedAt, eventCount } }, overAt);
  for (const event of concludeSessionEnd(struggles, sessionId, overAt)) add(event, overAt);
}

/**
 * The first link holds: what a shared device did for one person never becomes another's history. It moves on only where
 * the owner itself became part of another user.
 */
function linkToUser(
  { userSubject, through, kind, identity, occurredAt }: LinkToUser,
  state: JourneyState,
): Occurrence[] {
  const isLinked = state.linkedTo !== undefined && state.linkedTo !== through;
  if (isLinked || userSubject === state.subject || userSubject === state.linkedTo) return [];
  const linked: Occurrence = { event: { type: 'LinkedToUser', data: { userSubject } }, occurredAt };
  return state.started
    ? [linked]
    : [{ event: { type: 'JourneyStarted', data: { kind, identity } }, occurredAt }, linked];
}

function addLinkedJourney(
  { linkedSubject, kind, occurredAt }: AddLinkedJourney,
  state: JourneyState,
): Occurrence[] {
  // A link that the state has forgotten is recorded once more: an erasure and an export must find every one.
  if (state.linkedSubjects.has(linkedSubject)) return [];
  return [{ event: { type: 'JourneyLinked', data: { linkedSubject, kind } }, occurredAt }];
}

/** A journey in which something was recorded meanwhile is not at its end, whatever was found when it was looked at. */
function truncate({ kept, isAll, cutoff, now }: TruncateJourney, state: JourneyState): Occurrence[] {
  if (!state.started) return [];
  const { struggleCount, linkedTo, linkedSubjects, formerLinks, sessions } = state;
  const { kind } = kept;
  if (!isAll) {
    const journey = { ...kept, linkedSubjects: [...linkedSubjects] };
    const data = { struggleCount, journey, ...formerOf(kind, formerLinks) };
    return [occurrence({ type: 'JourneyTruncated', data }, now, state)];
  }
  if (sessions.some(({ lastAt }) => lastAt >= cutoff)) return [];
  const links = new Set([...formerLinks, ...linkedSubjects, ...(linkedTo === undefined ? [] : [linkedTo])]);
  const data = { struggleCount, journey: null, ...formerOf(kind, links) };
  return [{ event: { type: 'JourneyTruncated', data }, occurredAt: now }];
}

function formerOf(kind: IdentityKind, subjects: ReadonlySet<string>): { former?: FormerLinks } {
  return subjects.size === 0 ? {} : { former: { kind, subjects: [...subjects] } };
}

function journeyStarted({ userId, anonymousId }: UserMessage): JourneyEvent {
  return userId === undefined
    ? { type: 'JourneyStarted', data: { kind: 'anonymous', identity: anonymousId ?? '' } }
    : { type: 'JourneyStarted', data: { kind: 'user', identity: userId } };
}

function userEvent(message: UserMessage, sessionId: string, interaction: Interaction | undefined): UserEvent {
  const data: { -readonly [K in keyof UserEventData]: UserEventData[K] } = { sessionId };
  if (message.name !== undefined) data.name = message.name;
  if (message.category !== undefined) data.category = message.category;
  if (message.properties !== undefined) data.properties = message.properties;
  if (message.context !== undefined) data.context = message.context;
  if (message.userId !== undefined && message.anonymousId !== undefined)
    data.anonymousId = message.anonymousId;
  if (message.ip !== undefined) data.ip = message.ip;
  if (message.traits !== undefined) data.traits = message.traits;
  if (interaction !== undefined) data.interaction = interaction;
  const video = interpretVideo(message);
  if (video !== undefined) data.video = video;
  switch (message.kind) {
    case 'page':
      return { type: 'PageViewed', data };
    case 'screen':
      return { type: 'ScreenViewed', data };
    case 'track':
      return { type: 'ActionTracked', data: { ...data, name: message.name ?? '' } };
    case 'identify':
      return { type: 'TraitsIdentified', data };
    case 'group':
      return { type: 'GroupJoined', data: { ...data, groupId: message.groupId ?? '' } };
    case 'alias':
      return { type: 'AliasDeclared', data: { ...data, previousId: message.previousId ?? '' } };
    default:
      return unreachable(message.kind);
  }
}

/** Whatever a linked journey records says whose it is, so that no reader has to look the link up. */
function occurrence(event: JourneyEvent, occurredAt: number, { linkedTo }: JourneyState): Occurrence {
  if (linkedTo === undefined || event.type === 'JourneyStarted') return { event, occurredAt };
  return { event: { ...event, data: { ...event.data, linkedTo } } as JourneyEvent, occurredAt };
}
