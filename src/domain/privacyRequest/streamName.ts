/** `privacy-request-<tenant>_<requestId>`; the id is the `subject_request_id` that the requester made, a UUID. */
export function privacyRequestStreamName(tenantId: string, requestId: string): string {
  return `privacy-request-${tenantId}_${requestId}`;
}
