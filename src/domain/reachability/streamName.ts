/** `reachability-<tenant>_<subject>`: one stream a journey, under the pseudonym that a message went out to. */
export function reachabilityStreamName(tenantId: string, subject: string): string {
  return `reachability-${tenantId}_${subject}`;
}

export function isReachabilityStream(streamName: string): boolean {
  return streamName.startsWith('reachability-');
}
