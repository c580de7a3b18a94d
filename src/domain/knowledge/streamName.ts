/** `knowledge-<tenant>_<documentId>`; the id is the tenant's own, of a–z, 0–9 and `-`. */
export function knowledgeStreamName(tenantId: string, documentId: string): string {
  return `knowledge-${tenantId}_${documentId}`;
}
