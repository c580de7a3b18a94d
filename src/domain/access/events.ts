/** Who looked at what about whom, and why. */
export type AccessEvent = PersonalDataRead;

/** More subjects of one read are told by further events, so that an event stays small. */
export const maxSubjectsOfRead = 500;

/** Who did it: an access key by its id, never by its secret. */
export interface Actor {
  readonly keyId: string;
  readonly role: string;
}

/** Somebody was shown what is known of people. The request is the event's `correlationId`. */
export interface PersonalDataRead {
  readonly type: 'PersonalDataRead';
  readonly data: {
    readonly actor: Actor;
    /** What was asked for: the route's name. */
    readonly action: string;
    /** The purpose stated for the read, for example `support`. */
    readonly purpose: string;
    /** Reference of a ticket or case, where one was named. */
    readonly ticket?: string;
    /** Whether personal values were opened; otherwise they were masked. */
    readonly opened?: boolean;
    /** Pseudonyms, each once, at most `maxSubjectsOfRead`. */
    readonly subjects: readonly string[];
    /** How many people the whole read was about, over all its events. */
    readonly count: number;
  };
}
