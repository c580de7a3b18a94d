/** `consent-<tenant>_<subject>`; the subject is a pseudonym, 32 hex digits. */
export function consentStreamName(tenantId: string, subject: string): string {
  return `consent-${tenantId}_${subject}`;
}

/** The pseudonym in a consent stream's name, undefined for other streams. */
export function subjectOfConsent(streamName: string): string | undefined {
  return streamName.startsWith('consent-') ? streamName.slice(streamName.lastIndexOf('_') + 1) : undefined;
}
