import type { JsonObject } from '../domain/json.js';
import { type PrivacyRequestType, privacyRequestTypes } from '../domain/privacyRequest/events.js';

/** What a person may ask for. */
export const requestTypes = privacyRequestTypes;
export type RequestType = PrivacyRequestType;

/** A request that is due to be carried out: accepted, its identity check passed, not cancelled. */
export interface DueRequest {
  readonly tenantId: string;
  readonly requestId: string;
  readonly type: RequestType;
  /** The pseudonyms that the identities given in the request stand for. */
  readonly subjects: readonly string[];
  /** Of a rectification the new values by trait, each sealed under the first subject's key; of a restriction whether it begins or ends; of others empty. */
  readonly details: JsonObject;
}

/** Partial completion is told apart from success: `remarks` say what is missing, in words an officer can send on. */
export interface Fulfilment {
  readonly outcome: 'completed' | 'partially_completed' | 'failed';
  readonly remarks: readonly string[];
  /** What came of it: the id of an export to fetch, a signed receipt. */
  readonly result: JsonObject;
}

/**
 * Carries a request out. Called again after a crash with the same request, and goes on where it was; a repeated call after
 * success changes nothing and answers the same. Rejects where trying again later may help.
 */
export type FulfilRequest = (request: DueRequest) => Promise<Fulfilment>;
