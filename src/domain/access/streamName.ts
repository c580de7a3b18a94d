/** One stream a running instance, so that no two writers ever meet: `access-<tenant>_<instance>`. */
export function accessStreamName(tenantId: string, instanceId: string): string {
  return `access-${tenantId}_${instanceId}`;
}
