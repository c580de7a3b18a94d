import { remembering } from './remembering.js';

/**
 * Ids of documents begin with the tenant, so that no id of one tenant can ever name a document of another.
 * Tenant ids hold no slash.
 */
export function documentId(tenantId: string, name: string): string {
  return `${tenantId}/${name}`;
}

/** The same for names that come again and again: of people, their sessions, features. */
export function recurringDocumentId(tenantId: string, name: string): string {
  return idsOf(tenantId)(name);
}

const idsOf = remembering((tenantId) => remembering((name) => documentId(tenantId, name)), 100);
