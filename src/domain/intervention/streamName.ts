/**
 * `intervention-<tenant>_<interventionId>`. The id is made of what triggered it and the strategy, so a second
 * attempt at the same help meets a stream that already exists.
 */
export function interventionStreamName(tenantId: string, interventionId: string): string {
  return `intervention-${tenantId}_${interventionId}`;
}

export function interventionIdFor(struggleId: string, strategy: string): string {
  return `${struggleId}.${strategy}`;
}

export function isInterventionStream(streamName: string): boolean {
  return streamName.startsWith('intervention-');
}
