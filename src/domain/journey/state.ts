import type { Severity, SignalType } from './events.js';
import type { FeatureTrack } from './featureTrack.js';
import { MessageIds } from './messageIds.js';

/**
 * What a journey must remember to decide. Bounded: 10,000 to 20,000 message ids, 32 sessions, 50 features, 50 open struggles,
 * 1,000 linked journeys, 1,000 formerly linked ones. Owned by whoever folds it: `evolve` changes it in place, because copying ten thousand
 * ids for every event would be the most expensive thing Waymark does.
 */
export interface JourneyState {
  readonly subject: string;
  started: boolean;
  readonly messageIds: MessageIds;
  /** By start, oldest first. */
  readonly sessions: Session[];
  /** Most recently used last. */
  readonly features: Map<string, FeatureTrack>;
  readonly openStruggles: Map<string, OpenStruggle>;
  /** Struggles detected so far; numbers the next one. */
  struggleCount: number;
  linkedTo: string | undefined;
  readonly linkedSubjects: Set<string>;
  /** What was linked when the journey came to its end before. */
  readonly formerLinks: Set<string>;
}

export interface Session {
  readonly id: string;
  startedAt: number;
  /** When its latest event occurred. */
  lastAt: number;
  eventCount: number;
  ended: boolean;
}

export interface OpenStruggle {
  readonly struggleId: string;
  readonly featureId: string;
  readonly signalType: SignalType;
  readonly detectedAt: number;
  severity: Severity;
  /** When it last showed itself. */
  lastAt: number;
}

export const stateBounds = {
  messageIds: 10_000,
  sessions: 32,
  features: 50,
  openStruggles: 50,
  linkedSubjects: 1_000,
  formerLinks: 1_000,
} as const;

export function initialState(subject: string): JourneyState {
  return {
    subject,
    started: false,
    messageIds: new MessageIds(stateBounds.messageIds),
    sessions: [],
    features: new Map(),
    openStruggles: new Map(),
    struggleCount: 0,
    linkedTo: undefined,
    linkedSubjects: new Set(),
    formerLinks: new Set(),
  };
}

/** The key of an open struggle: a person has at most one of a kind with a feature at a time. */
export function struggleKey(signalType: SignalType, featureId: string): string {
  return `${signalType}|${featureId}`;
}
