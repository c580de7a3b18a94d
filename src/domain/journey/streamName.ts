/** `journey-<tenant>_<subject>`; the subject is a pseudonym, 32 hex digits. */
export function journeyStreamName(tenantId: string, subject: string): string {
  return `journey-${tenantId}_${subject}`;
}

/** The pseudonym in a journey's stream name, undefined for other streams. */
export function subjectOfJourney(streamName: string): string | undefined {
  return streamName.startsWith('journey-') ? streamName.slice(streamName.lastIndexOf('_') + 1) : undefined;
}
