/** `breach-<tenant>_<breachId>`; the id is a UUID. */
export function breachStreamName(tenantId: string, breachId: string): string {
  return `breach-${tenantId}_${breachId}`;
}
