import type { JsonObject } from '../json.js';

/** Until version 2 every intervention was for a struggle, in the app, by a strategy that had one version. */
export function proposedFromV1(data: JsonObject): JsonObject {
  return { ...declinedFromV1(data), strategyVersion: 1, variant: null, alternatives: [], notBefore: null };
}

/** Until version 2 an intervention was its own decision. */
export function declinedFromV1(data: JsonObject): JsonObject {
  return { ...data, trigger: 'struggle', decisionId: data.interventionId ?? null };
}
