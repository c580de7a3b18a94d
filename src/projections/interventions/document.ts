import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { InterventionProposed } from '../../domain/intervention/events.js';
import type { Severity, SignalType } from '../../domain/journey/events.js';

export const interventionsCollection: CollectionDefinition = {
  name: 'interventions',
  indexes: [
    ['tenantId', 'createdAt'],
    ['tenantId', 'subject', 'createdAt'],
    ['tenantId', 'status', 'createdAt'],
    ['tenantId', 'subject', 'status', 'createdAt'],
  ],
};

export const interventionStatuses = [
  'proposed',
  'declined',
  'delivered',
  'failed',
  'seen',
  'clicked',
  'dismissed',
] as const;
/** Expiry is no event: a reader compares `expiresAt` with its clock. */
export type InterventionStatus = (typeof interventionStatuses)[number];

/** One intervention, or the decision to make none. Id: tenant and `interventionId`. Times are epoch milliseconds. */
export interface InterventionDocument extends Document {
  readonly tenantId: string;
  readonly interventionId: string;
  /** Whose it was when it was decided. Of a journey linked later, it stays under the earlier subject. */
  readonly subject: string;
  readonly strategy: string;
  /** Null where something other than a struggle led to it. */
  readonly struggleId: string | null;
  readonly featureId: string | null;
  readonly signalType: SignalType | null;
  readonly severity: Severity | null;
  /** When it was decided. */
  readonly createdAt: number;
  status: InterventionStatus;
  statusAt: number;
  /** Why it was declined or failed; null otherwise. */
  reason: string | null;
  /** The consent event that allowed it or, of what was declined for want of consent, refused it. */
  consentEventId: string | null;
  /** What follows is null where it was declined. */
  readonly channel: string | null;
  readonly language: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly author: InterventionProposed['data']['author'] | null;
  readonly expiresAt: number | null;
  /** First time of each; null until then. */
  deliveredAt: number | null;
  failedAt: number | null;
  seenAt: number | null;
  clickedAt: number | null;
  dismissedAt: number | null;
}
