import type { JsonObject } from '../json.js';
import type { IdentityKind, KeptIdentity } from './events.js';

export type JourneyCommand = TrackEvent | LinkToUser | AddLinkedJourney | EndIdleSessions | TruncateJourney;

/** What a client said a person did, made uniform and validated at the door. */
export interface UserMessage {
  readonly kind: 'page' | 'screen' | 'track' | 'identify' | 'group' | 'alias';
  readonly messageId: string;
  /** Epoch milliseconds, corrected for skew. */
  readonly occurredAt: number;
  /** At least one of the two ids is there. */
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly name?: string;
  readonly category?: string;
  readonly properties?: JsonObject;
  /** Without `ip` and `traits`, which are personal and stand on their own. */
  readonly context?: JsonObject;
  readonly ip?: string;
  readonly traits?: JsonObject;
  readonly groupId?: string;
  readonly previousId?: string;
}

export interface TrackEvent {
  readonly type: 'TrackEvent';
  readonly message: UserMessage;
}

/** To an anonymous or earlier journey: it belongs to this user from now on. */
export interface LinkToUser {
  readonly type: 'LinkToUser';
  readonly userSubject: string;
  /** The owner until now, where that one has turned out to be this user. */
  readonly through?: string;
  readonly kind: IdentityKind;
  /** The raw id of this journey, for the case that the link is the first we hear of it. */
  readonly identity: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
}

/** To a user's journey: the other side of the link. */
export interface AddLinkedJourney {
  readonly type: 'AddLinkedJourney';
  readonly linkedSubject: string;
  readonly kind: IdentityKind;
  readonly occurredAt: number;
}

/** Time has passed: sessions without an event for longer than the idle timeout are over. */
export interface EndIdleSessions {
  readonly type: 'EndIdleSessions';
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Before events that are past their period are removed from the journey's stream. */
export interface TruncateJourney {
  readonly type: 'TruncateJourney';
  /** Whose the journey is. */
  readonly kept: Omit<KeptIdentity, 'linkedSubjects'>;
  /** Whether all of it is past its period. */
  readonly isAll: boolean;
  /** What occurred before this is past its period; epoch milliseconds. */
  readonly cutoff: number;
  /** Epoch milliseconds. */
  readonly now: number;
}
