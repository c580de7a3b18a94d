import type { JsonObject } from '../json.js';

/** Everything that can stand in a journey, the stream of one person (or one anonymous visitor). */
export type JourneyEvent =
  | JourneyStarted
  | UserEvent
  | JourneyLinked
  | LinkedToUser
  | SessionStarted
  | SessionEnded
  | SessionsMerged
  | StruggleDetected
  | StruggleEscalated
  | StruggleResolved
  | JourneyTruncated;

const journeyEventTypes = [
  'JourneyStarted',
  'PageViewed',
  'ScreenViewed',
  'ActionTracked',
  'TraitsIdentified',
  'GroupJoined',
  'AliasDeclared',
  'JourneyLinked',
  'LinkedToUser',
  'SessionStarted',
  'SessionEnded',
  'SessionsMerged',
  'StruggleDetected',
  'StruggleEscalated',
  'StruggleResolved',
  'JourneyTruncated',
] as const satisfies readonly JourneyEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(journeyEventTypes);

export function isJourneyEvent(event: { readonly type: string }): event is JourneyEvent {
  return typeNames.has(event.type);
}

export type IdentityKind = 'user' | 'anonymous';

/** The first event of each journey: whose it is. */
export interface JourneyStarted {
  readonly type: 'JourneyStarted';
  readonly data: {
    readonly kind: IdentityKind;
    /** The raw user id or anonymous id. Personal. */
    readonly identity: string;
  };
}

/** What the client told us a person did. One message gives exactly one of these. */
export type UserEvent =
  | PageViewed
  | ScreenViewed
  | ActionTracked
  | TraitsIdentified
  | GroupJoined
  | AliasDeclared;

export interface UserEventData {
  readonly sessionId: string;
  /** The page's, screen's or event's name, where it has one. */
  readonly name?: string;
  readonly category?: string;
  readonly properties?: JsonObject;
  /** Segment's `context` without `ip` and `traits`. */
  readonly context?: JsonObject;
  /** What the event means for the detection of struggles and the use of features; concluded when recorded. */
  readonly interaction?: Interaction;
  /** What the event means for a video; concluded when recorded. */
  readonly video?: VideoAction;
  /** On an anonymous journey that is linked: the subject of the user it belongs to since. */
  readonly linkedTo?: string;
  /** The other id the message carried. Personal. */
  readonly anonymousId?: string;
  /** Personal. */
  readonly ip?: string;
  /** Traits that came along in the context, or of an `identify`. Personal. */
  readonly traits?: JsonObject;
}

export interface PageViewed {
  readonly type: 'PageViewed';
  readonly data: UserEventData;
}
export interface ScreenViewed {
  readonly type: 'ScreenViewed';
  readonly data: UserEventData;
}
export interface ActionTracked {
  readonly type: 'ActionTracked';
  readonly data: UserEventData & { readonly name: string };
}
export interface TraitsIdentified {
  readonly type: 'TraitsIdentified';
  readonly data: UserEventData;
}
export interface GroupJoined {
  readonly type: 'GroupJoined';
  readonly data: UserEventData & { readonly groupId: string };
}
export interface AliasDeclared {
  readonly type: 'AliasDeclared';
  /** `previousId` is personal. */
  readonly data: UserEventData & { readonly previousId: string };
}

export type InteractionKind =
  | 'used'
  | 'started'
  | 'attempted'
  | 'succeeded'
  | 'failed'
  | 'abandoned'
  | 'error'
  | 'help'
  | 'click';

export interface Interaction {
  readonly kind: InteractionKind;
  /** The feature, form, problem or task; absent where the event names none. At most 200 characters. */
  readonly featureId?: string;
  /** How many attempts the client itself counted. */
  readonly attemptCount?: number;
  /** Milliseconds the person spent, as the client measured. */
  readonly timeSpent?: number;
  readonly errorCode?: string;
  /** What was clicked, for rage clicks: a selector or rounded coordinates. */
  readonly target?: string;
  /** The struggle the client itself reports (`struggle_signal`), by name. */
  readonly reportedSignal?: string;
}

export type VideoActionKind =
  | 'started'
  | 'playing'
  | 'paused'
  | 'resumed'
  | 'seeked'
  | 'completed'
  | 'interrupted'
  | 'rateChanged';

export interface VideoAction {
  readonly videoId: string;
  readonly action: VideoActionKind;
  /** Playback position in milliseconds. */
  readonly position?: number;
  /** Where a seek came from, milliseconds. */
  readonly seekFrom?: number;
  /** The video's total length in milliseconds. */
  readonly duration?: number;
  readonly playbackSpeed?: number;
}

/** On a user's journey: an anonymous (or earlier) journey is part of this person's history. */
export interface JourneyLinked {
  readonly type: 'JourneyLinked';
  readonly data: { readonly linkedSubject: string; readonly kind: IdentityKind };
}

/** On the anonymous (or earlier) journey: whose it turned out to be. The first link holds. */
export interface LinkedToUser {
  readonly type: 'LinkedToUser';
  readonly data: { readonly userSubject: string };
}

export interface SessionStarted {
  readonly type: 'SessionStarted';
  readonly data: {
    readonly sessionId: string;
    /** Epoch milliseconds. */
    readonly startedAt: number;
    readonly linkedTo?: string;
  };
}

export interface SessionEnded {
  readonly type: 'SessionEnded';
  readonly data: {
    readonly sessionId: string;
    readonly startedAt: number;
    /** When its last event occurred; epoch milliseconds. */
    readonly endedAt: number;
    readonly eventCount: number;
    readonly linkedTo?: string;
  };
}

/** A late event closed the gap between two sessions: the second one was a part of the first. */
export interface SessionsMerged {
  readonly type: 'SessionsMerged';
  readonly data: {
    readonly sessionId: string;
    readonly mergedSessionId: string;
    readonly linkedTo?: string;
  };
}

export const signalTypes = [
  'repeated_attempts',
  'error_pattern',
  'abandonment',
  'help_seeking',
  'rage_clicks',
] as const;
export type SignalType = (typeof signalTypes)[number];

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface StruggleEvidence {
  readonly attemptCount: number;
  /** Milliseconds from the first sign to the conclusion. */
  readonly timeSpent: number;
  readonly errorsEncountered: readonly string[];
  /** Names of what the person did that led to the conclusion, oldest first, at most 10. */
  readonly userActions: readonly string[];
}

export interface StruggleDetected {
  readonly type: 'StruggleDetected';
  readonly data: {
    readonly struggleId: string;
    /** `unknown` where the events named no feature. */
    readonly featureId: string;
    readonly signalType: SignalType;
    readonly severity: Severity;
    readonly evidence: StruggleEvidence;
    /** Which rule concluded this. */
    readonly rule: { readonly name: SignalType; readonly version: number };
    readonly sessionId: string;
    readonly linkedTo?: string;
  };
}

/** The same struggle, still open, has become worse. */
export interface StruggleEscalated {
  readonly type: 'StruggleEscalated';
  readonly data: {
    readonly struggleId: string;
    readonly featureId: string;
    readonly signalType: SignalType;
    readonly severity: Severity;
    readonly evidence: StruggleEvidence;
    readonly rule: { readonly name: SignalType; readonly version: number };
    readonly linkedTo?: string;
  };
}

export interface StruggleResolved {
  readonly type: 'StruggleResolved';
  readonly data: {
    readonly struggleId: string;
    readonly featureId: string;
    readonly signalType: SignalType;
    /** Milliseconds from detection to the success that resolved it. */
    readonly resolutionTime: number;
    readonly linkedTo?: string;
  };
}

/** Events of this journey were past their period and were removed. What must not be forgotten with them stands here. */
export interface JourneyTruncated {
  readonly type: 'JourneyTruncated';
  readonly data: {
    /** Struggles until now: numbers the next one, so that no id is ever given twice. */
    readonly struggleCount: number;
    /** Null where nothing of the journey is left: it begins anew if the person comes back. */
    readonly journey: KeptIdentity | null;
    /** Absent where the journey never came to its end, or was linked to none when it did. */
    readonly former?: FormerLinks;
    readonly linkedTo?: string;
  };
}

/**
 * What was linked to a journey, or it to them, when it came to its end. For erasures alone: the removed events can still be
 * there, sealed under the keys of these.
 */
export interface FormerLinks {
  /** Of this journey. */
  readonly kind: IdentityKind;
  readonly subjects: readonly string[];
}

/** Whose a journey is, as its first event said it, and what is linked to it. */
export interface KeptIdentity {
  readonly kind: IdentityKind;
  /** Personal: sealed as it was in the first event. */
  readonly identity: string;
  /** When the first event occurred; epoch milliseconds. */
  readonly startedAt: number;
  readonly linkedSubjects: readonly string[];
}
