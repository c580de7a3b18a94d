import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';

export interface EventTypeDefinition {
  /** The storage name. Never derived from code identifiers, never reused with another meaning. */
  readonly wire: string;
}

/** The one map between domain events and the storage format. */
export const eventTypes: Readonly<Record<DomainEventType, EventTypeDefinition>> = {
  JourneyStarted: { wire: 'journey-started.v1' },
  PageViewed: { wire: 'page-viewed.v1' },
  ScreenViewed: { wire: 'screen-viewed.v1' },
  ActionTracked: { wire: 'action-tracked.v1' },
  TraitsIdentified: { wire: 'traits-identified.v1' },
  GroupJoined: { wire: 'group-joined.v1' },
  AliasDeclared: { wire: 'alias-declared.v1' },
  JourneyLinked: { wire: 'journey-linked.v1' },
  LinkedToUser: { wire: 'linked-to-user.v1' },
  SessionStarted: { wire: 'session-started.v1' },
  SessionEnded: { wire: 'session-ended.v1' },
  SessionsMerged: { wire: 'sessions-merged.v1' },
  StruggleDetected: { wire: 'struggle-detected.v1' },
  StruggleEscalated: { wire: 'struggle-escalated.v1' },
  StruggleResolved: { wire: 'struggle-resolved.v1' },
  InterventionProposed: { wire: 'intervention-proposed.v1' },
  InterventionDeclined: { wire: 'intervention-declined.v1' },
  InterventionDelivered: { wire: 'intervention-delivered.v1' },
  InterventionFailed: { wire: 'intervention-failed.v1' },
  InterventionSeen: { wire: 'intervention-seen.v1' },
  InterventionClicked: { wire: 'intervention-clicked.v1' },
  InterventionDismissed: { wire: 'intervention-dismissed.v1' },
  ErasureBegun: { wire: 'erasure-begun.v1' },
  PersonErased: { wire: 'person-erased.v1' },
  DuplicatesDropped: { wire: 'duplicates-dropped.v1' },
  MessagesSuppressed: { wire: 'messages-suppressed.v1' },
  MessagesRejected: { wire: 'messages-rejected.v1' },
  QuarantinedMessageReplayed: { wire: 'quarantined-message-replayed.v1' },
  PrivacyRequestReceived: { wire: 'privacy-request-received.v1' },
  PrivacyRequestIdentityVerified: { wire: 'privacy-request-identity-verified.v1' },
  PrivacyRequestExtended: { wire: 'privacy-request-extended.v1' },
  PrivacyRequestRejected: { wire: 'privacy-request-rejected.v1' },
  PrivacyRequestCancelled: { wire: 'privacy-request-cancelled.v1' },
  PrivacyRequestStarted: { wire: 'privacy-request-started.v1' },
  PrivacyRequestAttemptFailed: { wire: 'privacy-request-attempt-failed.v1' },
  PrivacyRequestConcluded: { wire: 'privacy-request-concluded.v1' },
  PrivacyRequestRetried: { wire: 'privacy-request-retried.v1' },
  StatusCallbackDelivered: { wire: 'status-callback-delivered.v1' },
  StatusCallbackFailed: { wire: 'status-callback-failed.v1' },
  ConsentGranted: { wire: 'consent-granted.v1' },
  ConsentWithdrawn: { wire: 'consent-withdrawn.v1' },
  SaleOptedOut: { wire: 'sale-opted-out.v1' },
  SaleAllowed: { wire: 'sale-allowed.v1' },
  ProcessingRestricted: { wire: 'processing-restricted.v1' },
  RestrictionLifted: { wire: 'restriction-lifted.v1' },
  PersonalDataRead: { wire: 'personal-data-read.v1' },
  PersonalDataHandled: { wire: 'personal-data-handled.v1' },
  ExportRequested: { wire: 'export-requested.v1' },
  ExportPrepared: { wire: 'export-prepared.v1' },
  ExportLinkTold: { wire: 'export-link-told.v1' },
  ExportDownloaded: { wire: 'export-downloaded.v1' },
  ExportExpired: { wire: 'export-expired.v1' },
  ExportFailed: { wire: 'export-failed.v1' },
};

export const domainTypeOf: ReadonlyMap<string, DomainEvent['type']> = new Map(
  (Object.keys(eventTypes) as DomainEventType[]).map((type) => [eventTypes[type].wire, type]),
);
