/** Who looked at what about whom, and why. */
export type AccessEvent = PersonalDataRead;

/** What was read. Part of the audit trail: a name is never reused with another meaning. */
export const accessActions = [
  'profile-read',
  'profile-list',
  'journey-read',
  'session-read',
  'struggle-read',
  'intervention-read',
  'inbox-read',
  'quarantine-read',
  'live-read',
  'export-read',
] as const;
export type AccessAction = (typeof accessActions)[number];

/** More subjects of one read are told by further events, so that an event stays small. */
export const maxSubjectsOfRead = 500;

/** Who did it: an access key by its id, never by its secret. */
export interface Actor {
  readonly keyId: string;
  readonly role: string;
}

/** Personal values were opened for someone. The request is the event's `correlationId`. */
export interface PersonalDataRead {
  readonly type: 'PersonalDataRead';
  readonly data: {
    readonly actor: Actor;
    readonly action: AccessAction;
    /** The purpose stated for the read, for example `support`. */
    readonly purpose: string;
    /** Pseudonyms, each once, at most `maxSubjectsOfRead`. */
    readonly subjects: readonly string[];
    /** How many people the whole read was about, over all its events. */
    readonly count: number;
  };
}
