import { unreachable } from '../unreachable.js';
import type { InterventionResponse } from './commands.js';
import type { InterventionEvent, InterventionProposed } from './events.js';

/** Bounded: one proposal and at most three responses. */
export type InterventionState = NotDecided | Declined | Offered;

interface NotDecided {
  readonly status: 'none';
}

interface Declined {
  readonly status: 'declined';
}

export interface Offered {
  readonly status: 'proposed' | 'delivered' | 'failed';
  readonly proposal: InterventionProposed['data'];
  /** In the order they came, each at most once. Any of them acknowledges the message. */
  readonly responses: readonly InterventionResponse[];
}

export const initialState: InterventionState = { status: 'none' };

export function evolve(state: InterventionState, event: InterventionEvent): InterventionState {
  switch (event.type) {
    case 'InterventionProposed':
      return { status: 'proposed', proposal: event.data, responses: [] };
    case 'InterventionDeclined':
      return { status: 'declined' };
    case 'InterventionDelivered':
      return offered(state, (present) => ({ ...present, status: 'delivered' }));
    case 'InterventionFailed':
      return offered(state, (present) => ({ ...present, status: 'failed' }));
    case 'InterventionSeen':
      return responded(state, 'seen');
    case 'TextGenerated':
    case 'TextRefused':
    case 'DeliveryStarted':
    case 'DeliveryFailed':
    case 'InterventionResent':
    case 'DeliveryConfirmed':
    case 'DeliveryBounced':
    case 'InterventionOpened':
      return state;
    case 'InterventionClicked':
      return responded(state, 'clicked');
    case 'InterventionDismissed':
      return responded(state, 'dismissed');
    default:
      return unreachable(event);
  }
}

function responded(state: InterventionState, response: InterventionResponse): InterventionState {
  return offered(state, (present) => ({ ...present, responses: [...present.responses, response] }));
}

/** An outcome or response always follows a proposal; a stream that says otherwise changes nothing. */
function offered(state: InterventionState, change: (present: Offered) => Offered): InterventionState {
  return state.status === 'none' || state.status === 'declined' ? state : change(state);
}
