import { unreachable } from '../unreachable.js';
import type { DecideHelp, DecisionCommand, ReachOutcome } from './commands.js';
import type { ChosenStrategy, DecisionEvent, HelpGoal } from './events.js';
import type { DecisionState } from './evolve.js';
import { weigh } from './weigh.js';

/** A cause is decided about once, and the first outcome holds: what is repeated yields no events. */
export function decide(command: DecisionCommand, state: DecisionState): DecisionEvent[] {
  switch (command.type) {
    case 'DecideHelp':
      return state.status === 'none' || state.status === 'awaiting' ? [made(command)] : [];
    case 'AwaitAbsence':
      return state.status === 'none' ? [{ type: 'AbsenceAwaited', data: command.data }] : [];
    case 'EndAbsence': {
      if (state.status !== 'awaiting') return [];
      const { decisionId, subject } = state.awaited;
      return [{ type: 'AbsenceEnded', data: { decisionId, subject, reason: command.data.reason } }];
    }
    case 'ReachOutcome':
      return reachOutcome(command, state);
    default:
      return unreachable(command);
  }
}

function made({ data: { decisionId, policyVersion, ground } }: DecideHelp): DecisionEvent {
  const { subject, cause } = ground;
  return { type: 'DecisionMade', data: { decisionId, subject, ...cause, ...weigh(ground), policyVersion } };
}

function reachOutcome({ data }: ReachOutcome, state: DecisionState): DecisionEvent[] {
  if (state.status !== 'made' || state.goalReached || state.chosen === null) return [];
  const { goal, eventId, after } = data;
  if (!isGoalOf(state.chosen, goal) || after < 0 || after > state.chosen.goalWindow) return [];
  const { decisionId, subject } = state;
  return [{ type: 'OutcomeReached', data: { decisionId, subject, goal: goal.kind, eventId, after } }];
}

export function isGoalOf({ goal }: Pick<ChosenStrategy, 'goal'>, reached: HelpGoal): boolean {
  if (goal.kind === 'event' && reached.kind === 'event') return goal.name === reached.name;
  return goal.kind === reached.kind;
}
