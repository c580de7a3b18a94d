import type { Consents } from './consents.js';
import type { FulfilRequest } from './personRights.js';

/** Restricts processing (Art. 18 GDPR), or lifts the restriction, for all identities that the request names. */
export function fulfilRestriction(consents: Pick<Consents, 'execute'>, now: () => number): FulfilRequest {
  return async ({ tenantId, requestId, subjects, details }) => {
    const type = details.restricted === false ? 'LiftRestriction' : 'RestrictProcessing';
    const at = now();
    const decision = {
      ...({ decidedAt: at, countsFrom: at, source: 'request' } as const),
      ...{ policyVersion: null, textHash: null, proof: null },
    };
    const cause = { correlationId: requestId, recordedAt: at };
    for (const subject of subjects)
      await consents.execute(tenantId, subject, [{ type, data: decision }], cause);
    return { outcome: 'completed', remarks: [], result: {} };
  };
}
