import type { JsonValue } from '../domain/json.js';
import type { AccessRole } from './accessKeys.js';

/** Why somebody reads about people. The list is closed: a purpose that is not on it is none. */
export const purposes = [
  'customer-support',
  'analytics',
  'personalisation',
  'legal',
  'security',
  'privacy-request',
  'operation',
] as const;
export type Purpose = (typeof purposes)[number];

/**
 * Opens sealed texts, each answered in its place: the value, or undefined where the person's key is destroyed or the text
 * is none of ours. Rejects with KeyStoreUnavailable where the keys cannot be reached: nobody may take that for destroyed.
 */
export type OpenSealed = (
  tenantId: string,
  texts: readonly string[],
) => Promise<readonly (JsonValue | undefined)[]>;

/** Who read what about whom, and why. Holds pseudonyms alone. */
export interface PersonalAccess {
  /** `handled`: more was done than to show it. */
  readonly kind: 'read' | 'handled';
  readonly tenantId: string;
  /** `person` reads what is their own, with a token made for them. */
  readonly actor: { readonly keyId: string; readonly role: AccessRole | 'person' };
  /** The `operationId` of the route, or `followLive`. */
  readonly action: string;
  readonly purpose: Purpose;
  /** The reference of a ticket or case, where one was named. */
  readonly ticket?: string;
  readonly subjects: readonly string[];
  /** Whether sealed values were opened; otherwise the answer was about these people, and what was sealed was masked. */
  readonly opened: boolean;
  readonly correlationId: string;
}

/** Resolves when the access is certain to be recorded: the answer waits for it, and does not leave where this rejects. */
export type RecordAccess = (access: PersonalAccess) => Promise<void>;

/** Whether the person's consent, or its absence, lets what is known of them be used for this purpose. */
export type MayUse = (tenantId: string, subject: string, purpose: Purpose) => Promise<boolean>;
