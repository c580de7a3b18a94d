import type { HelpGoal } from '../../domain/decision/events.js';
import type { CausedStreamPorts, CausingEvent } from '../causedStream.js';
import type { Journeys } from '../journeys.js';
import { type DecisionAddress, executeOnDecision } from './decisionStream.js';

export interface ReachOutcomeRequest extends DecisionAddress {
  readonly subject: string;
  readonly goal: HelpGoal;
  /** When it was decided and when the goal was reached; epoch milliseconds. */
  readonly decidedAt: number;
  readonly reachedAt: number;
  readonly causedBy: CausingEvent;
}

/** Records that the goal of a decision was reached, once; nothing where it was too late, or is not its goal. */
export type ReachOutcome = (request: ReachOutcomeRequest) => Promise<void>;

export function createReachOutcome(
  streams: CausedStreamPorts,
  journeys: Pick<Journeys, 'beside'>,
): ReachOutcome {
  return async ({ tenantId, decisionId, subject, goal, decidedAt, reachedAt, causedBy }) => {
    const data = { goal, eventId: causedBy.id, after: reachedAt - decidedAt };
    await journeys.beside(tenantId, subject, () =>
      executeOnDecision(streams, { tenantId, decisionId }, { type: 'ReachOutcome', data }, causedBy),
    );
  };
}
