import { unreachable } from '../unreachable.js';
import type { InterventionResponse } from './commands.js';
import { type DeliveryProgress, evolveDelivery, noProgress } from './delivery.js';
import type { DeliveryBounced, InterventionEvent, InterventionProposed } from './events.js';

/** Bounded: one proposal, the newest try of each provider, and at most three responses. */
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
  /** By a mail program. */
  readonly opened: boolean;
  readonly delivery: DeliveryProgress;
}

export const initialState: InterventionState = { status: 'none' };

export function evolve(state: InterventionState, event: InterventionEvent): InterventionState {
  switch (event.type) {
    case 'InterventionProposed':
      return {
        ...{ status: 'proposed', proposal: event.data, responses: [], opened: false },
        delivery: noProgress,
      };
    case 'InterventionDeclined':
      return { status: 'declined' };
    case 'InterventionDelivered':
      return delivering(state, event, 'delivered');
    case 'InterventionFailed':
      return delivering(state, event, 'failed');
    case 'InterventionResent':
      return delivering(state, event, 'proposed');
    case 'DeliveryStarted':
    case 'DeliveryFailed':
      return delivering(state, event);
    case 'DeliveryConfirmed':
      // Also of a call whose outcome nobody had recorded.
      return delivering(state, event, 'delivered');
    case 'DeliveryBounced':
      return delivering(state, event, isLost(state, event) ? 'proposed' : undefined);
    case 'TextGenerated':
    case 'TextRefused':
      return state;
    case 'InterventionOpened':
      return offered(state, (present) => ({ ...present, opened: true }));
    case 'InterventionSeen':
      return responded(state, 'seen');
    case 'InterventionClicked':
      return responded(state, 'clicked');
    case 'InterventionDismissed':
      return responded(state, 'dismissed');
    default:
      return unreachable(event);
  }
}

function delivering(
  state: InterventionState,
  event: InterventionEvent,
  status?: Offered['status'],
): InterventionState {
  return offered(state, (present) => ({
    ...present,
    ...(status !== undefined && { status }),
    delivery: evolveDelivery(present.delivery, event),
  }));
}

/** What bounced did not arrive, unless the person is known to have it: it goes on over the next channel. */
function isLost(state: InterventionState, { data: { channel, provider, bounce } }: DeliveryBounced): boolean {
  if (bounce !== 'hard' || !('proposal' in state) || state.status !== 'delivered') return false;
  if (state.opened || state.responses.length > 0) return false;
  const { tries } = state.delivery;
  return tries.some(
    (each) => each.state === 'took-it' && each.channel === channel && each.provider === provider,
  );
}

function responded(state: InterventionState, response: InterventionResponse): InterventionState {
  return offered(state, (present) => ({ ...present, responses: [...present.responses, response] }));
}

/** An outcome or response always follows a proposal; a stream that says otherwise changes nothing. */
function offered(state: InterventionState, change: (present: Offered) => Offered): InterventionState {
  return state.status === 'none' || state.status === 'declined' ? state : change(state);
}
