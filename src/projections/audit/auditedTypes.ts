import type { DomainEventType } from '../../domain/domainEvent.js';

/**
 * Every event about access to or a change of a person's data that is not what they did themselves. A type may be added
 * only while none of it is recorded, and none may ever be removed: the tree would no longer be the one that was signed.
 */
export const auditedTypes = [
  'PersonalDataRead',
  'PersonalDataHandled',
  'JourneyLinked',
  'LinkedToUser',
  'InterventionProposed',
  'InterventionDeclined',
  'InterventionDelivered',
  'InterventionFailed',
  'InterventionSeen',
  'InterventionClicked',
  'InterventionDismissed',
  'ConsentGranted',
  'ConsentWithdrawn',
  'SaleOptedOut',
  'SaleAllowed',
  'ProcessingRestricted',
  'RestrictionLifted',
  'PrivacyRequestReceived',
  'PrivacyRequestIdentityVerified',
  'PrivacyRequestExtended',
  'PrivacyRequestRejected',
  'PrivacyRequestCancelled',
  'PrivacyRequestStarted',
  'PrivacyRequestAttemptFailed',
  'PrivacyRequestConcluded',
  'PrivacyRequestRetried',
  'ErasureBegun',
  'PersonErased',
  'ExportRequested',
  'ExportLinkTold',
  'ExportDownloaded',
] as const satisfies readonly DomainEventType[];
