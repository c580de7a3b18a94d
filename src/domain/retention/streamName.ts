/** `retention-<tenant>` */
export function retentionStreamName(tenantId: string): string {
  return `retention-${tenantId}`;
}
