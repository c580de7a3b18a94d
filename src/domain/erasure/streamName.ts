/** `erasure-<tenant>_<requestId>`. */
export function erasureStreamName(tenantId: string, requestId: string): string {
  return `erasure-${tenantId}_${requestId}`;
}
