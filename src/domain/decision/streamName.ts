/**
 * `decision-<tenant>_<decisionId>`. The id names what made the decision necessary (a struggle, an event, a request), so that
 * a cause that is handed over twice is decided once.
 */
export function decisionStreamName(tenantId: string, decisionId: string): string {
  return `decision-${tenantId}_${decisionId}`;
}

export function isDecisionStream(streamName: string): boolean {
  return streamName.startsWith('decision-');
}
