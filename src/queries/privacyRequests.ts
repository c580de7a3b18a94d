import type { PrivacyRequestType } from '../domain/privacyRequest/events.js';
import { isOpen, type KnownRequest, type RequestStatus } from '../domain/privacyRequest/evolve.js';
import {
  type PrivacyRequestDocument,
  privacyRequestsCollection,
} from '../projections/privacyRequests/document.js';
import type { DocumentReader } from './documentReader.js';
import { isoTime, isoTimeOrNull } from './models/fields.js';
import type { PrivacyRequestModel } from './models/privacyRequest.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

export interface PrivacyRequestFilter {
  readonly status?: RequestStatus | undefined;
  readonly type?: PrivacyRequestType | undefined;
  /** Epoch milliseconds. */
  readonly dueBefore?: number | undefined;
  /** The pseudonym of the first identity of the request. */
  readonly subject?: string | undefined;
}

/** Those due first come first. The view that was found in names whom they are about. */
export async function listPrivacyRequests(
  view: View,
  { status, type, dueBefore, subject }: PrivacyRequestFilter,
  page: PageRequest,
  now: number,
): Promise<{ readonly view: View; readonly found: Page<PrivacyRequestModel> }> {
  const found = await view.documents.find<PrivacyRequestDocument>(privacyRequestsCollection.name, {
    where: {
      tenantId: view.tenantId,
      ...(status !== undefined && { status }),
      ...(type !== undefined && { requestType: type }),
      ...(dueBefore !== undefined && { dueAt: { lt: dueBefore } }),
      ...(subject !== undefined && { subject }),
    },
    sort: { field: 'dueAt', direction: 'asc' },
    ...page,
  });
  const subjects = found.documents.flatMap(({ request }) => request.asked.subjects);
  return {
    view: { ...view, subjects: [...new Set(subjects)] },
    found: mapPage(found, ({ tenantId, request }) => toPrivacyRequest(tenantId, request, now)),
  };
}

/** Of the whole installation: open requests whose due date has passed. */
export function countOverdue(documents: DocumentReader, now: number): Promise<number> {
  return documents.count(privacyRequestsCollection.name, { open: true, dueAt: { lt: now } });
}

export function toPrivacyRequest(tenantId: string, request: KnownRequest, now: number): PrivacyRequestModel {
  const { asked, status, verified, extension, rejection, callbacks } = request;
  return {
    controller_id: tenantId,
    subject_request_id: asked.requestId,
    subject_request_type: asked.requestType,
    regulation: asked.regulation,
    request_status: status,
    status_time: isoTime(request.statusAt),
    submitted_time: isoTime(asked.submittedAt),
    received_time: isoTime(asked.at),
    expected_completion_time: isoTime(request.dueAt),
    overdue: isOpen(status) && request.dueAt < now,
    identity_verification: {
      state: verified === null ? asked.verification : 'verified',
      method: verified?.method ?? null,
      by: verified?.by ?? null,
      time: isoTimeOrNull(verified?.at),
    },
    extension: extension && { reason: extension.reason, by: extension.by, time: isoTime(extension.at) },
    rejection,
    failed_attempts: request.failedAttempts,
    last_failure: request.lastFailure,
    retry_time: isoTimeOrNull(request.retryAt),
    remarks: request.remarks,
    result: request.result,
    callbacks: callbacks.map((callback) => ({
      status_callback_url: callback.url,
      owed: callback.owed,
      delivered: callback.delivered,
      given_up: callback.givenUp,
      failed_attempts: callback.failedAttempts,
      last_failure: callback.lastFailure,
      retry_time: isoTimeOrNull(callback.retryAt),
    })),
    api_version: '2.0',
  };
}
