/** `personExport-<tenant>_<exportId>` */
export function personExportStreamName(tenantId: string, exportId: string): string {
  return `personExport-${tenantId}_${exportId}`;
}
