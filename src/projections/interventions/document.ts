import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { ConsentChannel } from '../../domain/consent/events.js';
import type { FallbackText, InterventionProposed } from '../../domain/intervention/events.js';
import type { Severity, SignalType } from '../../domain/journey/events.js';

export const interventionsCollection: CollectionDefinition = {
  name: 'interventions',
  indexes: [
    ['tenantId', 'createdAt'],
    ['tenantId', 'subject', 'createdAt'],
    ['tenantId', 'status', 'createdAt'],
    ['tenantId', 'subject', 'status', 'createdAt'],
    // Of those alone that are on their way.
    ['dueAt'],
  ],
};

export const interventionStatuses = [
  'proposed',
  'declined',
  'delivered',
  'failed',
  'seen',
  'opened',
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
  /** Over which it was delivered; until then, the one that is tried first. */
  channel: ConsentChannel | null;
  /** Each call of a provider, and each channel that was passed over, oldest first; the newest 100. */
  readonly attempts: DeliveryAttempt[];
  /** When it is next looked after, though nothing happens; absent once it has arrived or was given up. */
  dueAt?: number;
  /** What was delivered; until then, what is for the channel that is tried first. */
  language: string | null;
  title: string | null;
  body: string | null;
  author: InterventionProposed['data']['author'] | null;
  /** Absent where the text fits every channel. */
  readonly fallbackTexts?: readonly FallbackText[];
  readonly expiresAt: number | null;
  /** First time of each; null until then. */
  deliveredAt: number | null;
  openedAt: number | null;
  failedAt: number | null;
  seenAt: number | null;
  clickedAt: number | null;
  dismissedAt: number | null;
}

export const mostAttempts = 100;

export interface DeliveryAttempt {
  readonly channel: ConsentChannel;
  /** `none` where the channel was out of the question. */
  readonly provider: string;
  /** 0 where no provider was called. */
  readonly attempt: number;
  readonly startedAt: number;
  outcome: 'called' | 'failed' | 'delivered' | 'confirmed' | 'hard-bounce' | 'soft-bounce' | 'complaint';
  /** Why it failed; null otherwise. */
  reason: string | null;
  /** When the provider is called again; null where it is not. */
  retryAt: number | null;
}
