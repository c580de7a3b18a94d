/**
 * `intervention-<tenant>_<interventionId>`. The id is made of what triggered it and the strategy, so a second
 * attempt at the same help meets a stream that already exists.
 */
export function interventionStreamName(tenantId: string, interventionId: string): string {
  return `intervention-${tenantId}_${interventionId}`;
}

/** Events at most: five tries of every provider there is, begun and failed, and that again each time it is sent again. */
export const longestInterventionStream = 1000;

export function interventionIdFor(decisionId: string, strategyId: string): string {
  return `${decisionId}.${strategyId}`;
}

/** The decision in an intervention's id: ids of strategies have no dots. */
export function decisionOf(interventionId: string): string {
  return interventionId.slice(0, interventionId.lastIndexOf('.'));
}

export function isInterventionStream(streamName: string): boolean {
  return streamName.startsWith('intervention-');
}
