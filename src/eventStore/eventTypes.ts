import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';

export interface EventTypeDefinition {
  /** The storage name. Never derived from code identifiers, never reused with another meaning. */
  readonly wire: string;
  /** Top-level fields of `data` that hold personal values. The codec keeps them apart from the rest. */
  readonly personal: readonly string[];
}

const personalOfUserEvents = ['anonymousId', 'ip', 'traits'] as const;

/** The one map between domain events and the storage format. */
export const eventTypes: Readonly<Record<DomainEventType, EventTypeDefinition>> = {
  JourneyStarted: { wire: 'journey-started.v1', personal: ['identity'] },
  PageViewed: { wire: 'page-viewed.v1', personal: personalOfUserEvents },
  ScreenViewed: { wire: 'screen-viewed.v1', personal: personalOfUserEvents },
  ActionTracked: { wire: 'action-tracked.v1', personal: personalOfUserEvents },
  TraitsIdentified: { wire: 'traits-identified.v1', personal: personalOfUserEvents },
  GroupJoined: { wire: 'group-joined.v1', personal: personalOfUserEvents },
  AliasDeclared: { wire: 'alias-declared.v1', personal: [...personalOfUserEvents, 'previousId'] },
  JourneyLinked: { wire: 'journey-linked.v1', personal: [] },
  LinkedToUser: { wire: 'linked-to-user.v1', personal: [] },
  SessionStarted: { wire: 'session-started.v1', personal: [] },
  SessionEnded: { wire: 'session-ended.v1', personal: [] },
  SessionsMerged: { wire: 'sessions-merged.v1', personal: [] },
  StruggleDetected: { wire: 'struggle-detected.v1', personal: [] },
  StruggleEscalated: { wire: 'struggle-escalated.v1', personal: [] },
  StruggleResolved: { wire: 'struggle-resolved.v1', personal: [] },
  InterventionProposed: { wire: 'intervention-proposed.v1', personal: ['title', 'body'] },
  InterventionDeclined: { wire: 'intervention-declined.v1', personal: [] },
  InterventionDelivered: { wire: 'intervention-delivered.v1', personal: [] },
  InterventionFailed: { wire: 'intervention-failed.v1', personal: [] },
  InterventionSeen: { wire: 'intervention-seen.v1', personal: [] },
  InterventionClicked: { wire: 'intervention-clicked.v1', personal: [] },
  InterventionDismissed: { wire: 'intervention-dismissed.v1', personal: [] },
  DuplicatesDropped: { wire: 'duplicates-dropped.v1', personal: [] },
  MessagesSuppressed: { wire: 'messages-suppressed.v1', personal: [] },
  MessagesRejected: { wire: 'messages-rejected.v1', personal: ['messages'] },
  QuarantinedMessageReplayed: { wire: 'quarantined-message-replayed.v1', personal: [] },
  ExportRequested: { wire: 'export-requested.v1', personal: [] },
  ExportPrepared: { wire: 'export-prepared.v1', personal: [] },
  ExportLinkTold: { wire: 'export-link-told.v1', personal: [] },
  ExportDownloaded: { wire: 'export-downloaded.v1', personal: [] },
  ExportExpired: { wire: 'export-expired.v1', personal: [] },
  ExportFailed: { wire: 'export-failed.v1', personal: [] },
};

export const domainTypeOf: ReadonlyMap<string, DomainEvent['type']> = new Map(
  (Object.keys(eventTypes) as DomainEventType[]).map((type) => [eventTypes[type].wire, type]),
);
