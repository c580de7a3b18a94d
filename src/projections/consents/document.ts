import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { ConsentEvent } from '../../domain/consent/events.js';
import type { Matter } from '../../domain/consent/evolve.js';

export const consentsCollection: CollectionDefinition = { name: 'consents', indexes: [] };

/** Decisions kept of the history, the latest recorded; the person's stream has all. */
export const mostHistory = 200;

/** What one identity of a person decided and what stands of it. Id: tenant and `subject`. */
export interface ConsentDocument extends Document {
  readonly tenantId: string;
  readonly subject: string;
  /** One a matter, by its name. */
  standing: (RecordedDecision & { readonly matter: Matter })[];
  /** In the order of recording. */
  readonly history: RecordedDecision[];
  /** Recorded ever, of which `history` may lack the earliest. */
  decisions: number;
}

export interface RecordedDecision {
  readonly event: ConsentEvent;
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
}

export const consentStatuses = ['unknown', 'granted', 'partial', 'withdrawn', 'restricted'] as const;
export type ConsentStatus = (typeof consentStatuses)[number];

/** In one word: over all purposes and channels that the person has decided about. */
export function consentStatusOf(document: ConsentDocument | undefined): ConsentStatus {
  let granted = 0;
  let withdrawn = 0;
  for (const { event } of document?.standing ?? []) {
    if (event.type === 'ProcessingRestricted') return 'restricted';
    if (event.type === 'ConsentGranted') granted += 1;
    if (event.type === 'ConsentWithdrawn') withdrawn += 1;
  }
  if (granted === 0 && withdrawn === 0) return 'unknown';
  if (granted > 0 && withdrawn > 0) return 'partial';
  return granted > 0 ? 'granted' : 'withdrawn';
}
