import { unreachable } from '../unreachable.js';
import type {
  AffectedPersonsCounted,
  AffectedPersonsNotified,
  AuthorityNotified,
  BreachAssessment,
  BreachClosed,
  BreachEvent,
  BreachRecorded,
} from './events.js';

export type BreachState = { readonly status: 'none' } | KnownBreach;

export interface KnownBreach {
  readonly status: 'open' | 'closed';
  readonly recorded: BreachRecorded['data'];
  readonly assessment: BreachAssessment;
  /** The last count. */
  readonly affected: AffectedPersonsCounted['data'] | null;
  /** Of several notifications in phases (Art. 33(4)) the first. */
  readonly authority: AuthorityNotified['data'] | null;
  /** One a channel: the last. */
  readonly notifications: readonly AffectedPersonsNotified['data'][];
  readonly closed: BreachClosed['data'] | null;
}

export const initialState: BreachState = { status: 'none' };

export function evolve(state: BreachState, event: BreachEvent): BreachState {
  if (event.type === 'BreachRecorded') {
    const { assessment } = event.data;
    const nothing = { affected: null, authority: null, notifications: [], closed: null };
    return { status: 'open', recorded: event.data, assessment, ...nothing };
  }
  // Everything else follows the record; a stream that says otherwise changes nothing.
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'BreachAssessed':
      return { ...state, assessment: event.data.assessment };
    case 'AffectedPersonsCounted':
      return { ...state, affected: event.data };
    case 'AuthorityNotified':
      return { ...state, authority: state.authority ?? event.data };
    case 'AffectedPersonsNotified': {
      const others = state.notifications.filter(({ channel }) => channel !== event.data.channel);
      return { ...state, notifications: [...others, event.data] };
    }
    case 'BreachClosed':
      return { ...state, status: 'closed', closed: event.data };
    default:
      return unreachable(event);
  }
}

/** Whether the authority still has to be told, so that it can become too late. */
export function isOwed({ status, authority, assessment }: KnownBreach): boolean {
  return status === 'open' && authority === null && assessment.risk !== 'unlikely';
}
