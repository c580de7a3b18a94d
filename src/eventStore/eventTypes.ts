import type { DomainEvent, DomainEventType } from '../domain/domainEvent.js';
import { declinedFromV1, proposedFromV1 } from '../domain/intervention/upcast.js';
import type { JsonObject } from '../domain/json.js';

export interface EventTypeDefinition {
  /** The storage name. Never derived from code identifiers, never reused with another meaning. */
  readonly wire: string;
  /** Earlier storage names, with what makes their data today's. */
  readonly earlier?: Readonly<Record<string, Upcast>>;
}

/** Pure. */
export type Upcast = (data: JsonObject) => JsonObject;

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
  JourneyTruncated: { wire: 'journey-truncated.v1' },
  AbsenceAwaited: { wire: 'absence-awaited.v1' },
  AbsenceEnded: { wire: 'absence-ended.v1' },
  DecisionMade: { wire: 'decision-made.v1' },
  OutcomeReached: { wire: 'outcome-reached.v1' },
  TextGenerated: { wire: 'text-generated.v1' },
  TextRefused: { wire: 'text-refused.v1' },
  InterventionProposed: {
    wire: 'intervention-proposed.v2',
    earlier: { 'intervention-proposed.v1': proposedFromV1 },
  },
  InterventionDeclined: {
    wire: 'intervention-declined.v2',
    earlier: { 'intervention-declined.v1': declinedFromV1 },
  },
  DeliveryStarted: { wire: 'delivery-started.v1' },
  DeliveryFailed: { wire: 'delivery-failed.v1' },
  InterventionDelivered: { wire: 'intervention-delivered.v1' },
  InterventionFailed: { wire: 'intervention-failed.v1' },
  InterventionResent: { wire: 'intervention-resent.v1' },
  DeliveryConfirmed: { wire: 'delivery-confirmed.v1' },
  DeliveryBounced: { wire: 'delivery-bounced.v1' },
  InterventionSeen: { wire: 'intervention-seen.v1' },
  InterventionOpened: { wire: 'intervention-opened.v1' },
  InterventionClicked: { wire: 'intervention-clicked.v1' },
  InterventionDismissed: { wire: 'intervention-dismissed.v1' },
  ContextAnalysed: { wire: 'context-analysed.v1' },
  ErasureBegun: { wire: 'erasure-begun.v1' },
  PersonErased: { wire: 'person-erased.v1' },
  ChannelSuppressed: { wire: 'channel-suppressed.v1' },
  ChannelReleased: { wire: 'channel-released.v1' },
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
  RetentionRoundBegun: { wire: 'retention-round-begun.v1' },
  RetentionRoundCompleted: { wire: 'retention-round-completed.v1' },
  BreachRecorded: { wire: 'breach-recorded.v1' },
  BreachAssessed: { wire: 'breach-assessed.v1' },
  AffectedPersonsCounted: { wire: 'affected-persons-counted.v1' },
  AuthorityNotified: { wire: 'authority-notified.v1' },
  AffectedPersonsNotified: { wire: 'affected-persons-notified.v1' },
  BreachClosed: { wire: 'breach-closed.v1' },
  KnowledgeDocumentPut: { wire: 'knowledge-document-put.v1' },
  KnowledgeDocumentRemoved: { wire: 'knowledge-document-removed.v1' },
  StrategyDefined: { wire: 'strategy-defined.v1' },
  StrategyRetired: { wire: 'strategy-retired.v1' },
  HelpPolicyChanged: { wire: 'help-policy-changed.v1' },
  PrivacyPoliciesChanged: { wire: 'privacy-policies-changed.v1' },
};

const types = Object.keys(eventTypes) as DomainEventType[];

/** By storage name, earlier ones included. */
export const domainTypeOf: ReadonlyMap<string, DomainEvent['type']> = new Map(
  types.flatMap((type) => storageNamesOf(type).map((wire) => [wire, type] as const)),
);

/** By earlier storage name. */
export const upcasts: ReadonlyMap<string, Upcast> = new Map(
  types.flatMap((type) => Object.entries(eventTypes[type].earlier ?? {})),
);

export function storageNamesOf(type: DomainEventType): readonly string[] {
  const { wire, earlier = {} } = eventTypes[type];
  return [wire, ...Object.keys(earlier)];
}
