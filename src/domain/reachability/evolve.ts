import { unreachable } from '../unreachable.js';
import type { ReachabilityEvent, SuppressedAddress } from './events.js';

export interface ReachabilityState {
  /** Oldest first. */
  readonly suppressed: readonly SuppressedAddress[];
}

export const initialState: ReachabilityState = { suppressed: [] };

/** Addresses that are remembered for one person; of more, the oldest are forgotten. */
const mostAddresses = 50;

export function evolve({ suppressed }: ReachabilityState, event: ReachabilityEvent): ReachabilityState {
  switch (event.type) {
    case 'ChannelSuppressed': {
      const { channel, address } = event.data;
      return { suppressed: [...suppressed, { channel, address }].slice(-mostAddresses) };
    }
    case 'ChannelReleased':
      return { suppressed: suppressed.filter(({ channel }) => channel !== event.data.channel) };
    default:
      return unreachable(event);
  }
}
