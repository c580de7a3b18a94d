/** Who looked at or did what about whom, and why. */
export type AccessEvent = PersonalDataRead | PersonalDataHandled;

/** More subjects of one read are told by further events, so that an event stays small. */
export const maxSubjectsOfRead = 500;

/** Who did it: an access key by its id, never by its secret. */
export interface Actor {
  readonly keyId: string;
  readonly role: string;
}

/** The request is the event's `correlationId`. */
interface Access {
  readonly actor: Actor;
  /** What was asked for: the route's name. */
  readonly action: string;
  /** The purpose stated for it, for example `customer-support`. */
  readonly purpose: string;
  /** Reference of a ticket or case, where one was named. */
  readonly ticket?: string;
  /** Whether personal values were opened; otherwise they were masked. */
  readonly opened?: boolean;
  /** Pseudonyms, each once, at most `maxSubjectsOfRead`. */
  readonly subjects: readonly string[];
  /** How many people the whole of it was about, over all its events. */
  readonly count: number;
}

/** Somebody was shown what is known of people. */
export interface PersonalDataRead {
  readonly type: 'PersonalDataRead';
  readonly data: Access;
}

/** Somebody did something about people that no other event tells of with its actor: a token made, a message sent again. */
export interface PersonalDataHandled {
  readonly type: 'PersonalDataHandled';
  readonly data: Access;
}
