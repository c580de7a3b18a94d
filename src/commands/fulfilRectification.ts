import type { JsonObject } from '../domain/json.js';
import type { Journeys } from './journeys.js';
import type { OpenSealed } from './personalAccess.js';
import type { FulfilRequest } from './personRights.js';

/**
 * Corrects a person's traits (Art. 16 GDPR) as their application would have told them: as one more `identify`. What was said
 * before stays in the journey, with its time; what stands now is the correction.
 */
export function fulfilRectification(
  journeys: Journeys,
  openSealed: OpenSealed,
  now: () => number,
): FulfilRequest {
  return async ({ tenantId, requestId, subjects, details }) => {
    const [subject] = subjects;
    if (subject === undefined)
      return { outcome: 'failed', remarks: ['The request names nobody.'], result: {} };
    const isKnown = await journeys.inspect(tenantId, subject, ({ started }) => started);
    if (!isKnown)
      return { outcome: 'failed', remarks: ['Nothing is recorded about this person.'], result: {} };
    const names = Object.keys(details);
    const sealed = names.map((name) => details[name]).filter((value) => typeof value === 'string');
    const values = await openSealed(tenantId, sealed);
    const traits: JsonObject = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    const message = {
      ...({ kind: 'identify', messageId: `rectification-${requestId}` } as const),
      occurredAt: now(),
      traits,
    };
    const cause = { correlationId: requestId, recordedAt: now(), source: 'rectification' };
    const { erased } = await journeys.execute(tenantId, subject, [{ type: 'TrackEvent', message }], cause);
    return erased
      ? { outcome: 'failed', remarks: ['The person was erased: there is nothing to correct.'], result: {} }
      : { outcome: 'completed', remarks: [], result: {} };
  };
}
