import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { PrivacyRequestType } from '../../domain/privacyRequest/events.js';
import type { KnownRequest, RequestStatus } from '../../domain/privacyRequest/evolve.js';

export const privacyRequestsCollection: CollectionDefinition = {
  name: 'privacyRequests',
  indexes: [
    ['tenantId', 'dueAt'],
    ['tenantId', 'status', 'dueAt'],
    ['tenantId', 'requestType', 'dueAt'],
    ['tenantId', 'subject', 'dueAt'],
    ['open', 'dueAt'],
    ['workAt'],
    ['callbackAt'],
  ],
};

/** One request of a person. Id: tenant and `requestId`. Times are epoch milliseconds. */
export interface PrivacyRequestDocument extends Document {
  readonly tenantId: string;
  readonly requestId: string;
  readonly requestType: PrivacyRequestType;
  /** The pseudonym of the first identity given. */
  readonly subject: string;
  readonly status: RequestStatus;
  readonly dueAt: number;
  /** Whether the person still waits for an answer: then it can be overdue. */
  readonly open: boolean;
  /** From when on it is to be carried out; null where nothing is to be done now. */
  readonly workAt: number | null;
  /** From when on a status callback is to be sent; null where none is owed. */
  readonly callbackAt: number | null;
  readonly request: KnownRequest;
}
