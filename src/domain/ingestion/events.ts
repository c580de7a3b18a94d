import type { RefusalReason } from '../consent/policy.js';

/**
 * What became of messages that did not enter a journey. Together with the journeys' own events these account for
 * every message received: received = accepted + duplicates + suppressed + rejected.
 */
export type IngestionEvent =
  | DuplicatesDropped
  | MessagesRejected
  | MessagesSuppressed
  | QuarantinedMessageReplayed;

export interface DuplicatesDropped {
  readonly type: 'DuplicatesDropped';
  readonly data: { readonly count: number };
}

export interface MessagesSuppressed {
  readonly type: 'MessagesSuppressed';
  readonly data: { readonly count: number; readonly reason: 'erased' | RefusalReason };
}

export interface RejectedMessage {
  /** Unique in the installation; names it in the quarantine. */
  readonly quarantineId: string;
  readonly messageId: string | null;
  /** Pseudonym of the person whom the message names, with whom it goes; absent where it names nobody, or one who was erased. */
  readonly subject?: string;
  /** Why, as in the answer to the client. */
  readonly code: string;
  /** Says what to do, and never holds the offending value. */
  readonly reason: string;
  /** The message as received, as JSON text, cut at 32 KiB. Personal. */
  readonly payload: string;
}

export interface MessagesRejected {
  readonly type: 'MessagesRejected';
  readonly data: { readonly messages: readonly RejectedMessage[] };
}

/** A rejected message was sent through the door again. What it became then is told by events of its own. */
export interface QuarantinedMessageReplayed {
  readonly type: 'QuarantinedMessageReplayed';
  readonly data: { readonly quarantineId: string; readonly accepted: boolean };
}
