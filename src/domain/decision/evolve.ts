import { unreachable } from '../unreachable.js';
import type { AbsenceAwaited, ChosenStrategy, DecisionEvent } from './events.js';

export type DecisionState =
  | { readonly status: 'none' | 'ended' }
  | { readonly status: 'awaiting'; readonly awaited: AbsenceAwaited['data'] }
  | {
      readonly status: 'made';
      readonly decisionId: string;
      readonly subject: string;
      readonly chosen: ChosenStrategy | null;
      readonly goalReached: boolean;
    };

export const initialState: DecisionState = { status: 'none' };

export function evolve(state: DecisionState, event: DecisionEvent): DecisionState {
  switch (event.type) {
    case 'AbsenceAwaited':
      return { status: 'awaiting', awaited: event.data };
    case 'AbsenceEnded':
      return { status: 'ended' };
    case 'DecisionMade': {
      const { decisionId, subject, chosen } = event.data;
      return { status: 'made', decisionId, subject, chosen, goalReached: false };
    }
    case 'OutcomeReached':
      return state.status === 'made' ? { ...state, goalReached: true } : state;
    default:
      return unreachable(event);
  }
}
