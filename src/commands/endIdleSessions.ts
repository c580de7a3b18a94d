import type { Journeys } from './journeys.js';

/** Ends a person's sessions that are idle as of `now` (epoch milliseconds), with what follows from their end. */
export type EndIdleSessions = (request: {
  readonly tenantId: string;
  readonly subject: string;
  readonly now: number;
}) => Promise<void>;

export function createEndIdleSessions(journeys: Journeys, newId: () => string): EndIdleSessions {
  return async ({ tenantId, subject, now }) => {
    const cause = { correlationId: newId(), recordedAt: now };
    await journeys.execute(tenantId, subject, [{ type: 'EndIdleSessions', now }], cause);
  };
}
