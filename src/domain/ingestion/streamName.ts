/** One stream a running instance, so that no two writers ever meet: `ingestion-<tenant>_<instance>`. */
export function ingestionStreamName(tenantId: string, instanceId: string): string {
  return `ingestion-${tenantId}_${instanceId}`;
}
