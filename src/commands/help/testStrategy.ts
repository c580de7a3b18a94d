import type { CandidateStrategy } from '../../domain/decision/commands.js';
import type { ChosenStrategy, DecisionCandidate, DecisionReason } from '../../domain/decision/events.js';
import { triggerReasons } from '../../domain/decision/trigger.js';
import { weigh } from '../../domain/decision/weigh.js';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import { type GroundPorts, gatherPerson, type HelpOccasion } from './decisionGround.js';
import { knownStrategy, type StrategiesInForce } from './strategies.js';

export interface StrategyTest {
  readonly enabled: boolean;
  /** Why the strategy does not wait for what happened; none where it does. */
  readonly trigger: readonly DecisionReason[];
  /** What is found about this strategy, as if it were enabled and waited for it. */
  readonly candidate: DecisionCandidate;
  /** What would be done if it were enabled: by this strategy, or by another that was enabled already. */
  readonly chosen: ChosenStrategy | null;
}

export interface StrategyTestRequest extends HelpOccasion {
  readonly strategyId: string;
  /** The moment to decide at; epoch milliseconds. */
  readonly at: number;
}

/**
 * What a strategy would do for a person at a moment, beside the enabled ones, rule by rule. Changes nothing.
 * @throws CodedError `not-found` for a strategy that is not there
 */
export async function testStrategy(
  ports: GroundPorts,
  strategies: StrategiesInForce,
  policy: HelpPolicy,
  { strategyId, at: now, ...occasion }: StrategyTestRequest,
): Promise<StrategyTest> {
  const { subject, cause, causedAt, happening } = occasion;
  const { version, definition } = knownStrategy(strategies, strategyId);
  const tested: CandidateStrategy = { id: strategyId, version, definition };
  const trigger = triggerReasons(tested, happening);
  const rivals = strategies.enabled[happening.kind].filter(
    (each) => each.id !== strategyId && triggerReasons(each, happening).length === 0,
  );
  const all = [tested, ...rivals];
  const person = await gatherPerson(ports, occasion, all, policy, now);
  const ground = { subject, cause, policy, now, causedAt, person, strategies: all };
  const weighed = weigh(ground);
  const candidate = weighed.candidates.find((each) => each.strategyId === strategyId);
  if (candidate === undefined) throw new Error('a strategy was weighed and left no trace');
  const { chosen } = trigger.length === 0 ? weighed : weigh({ ...ground, strategies: rivals });
  return { enabled: definition.enabled, trigger, candidate, chosen };
}
