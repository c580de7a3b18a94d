import { unreachable } from '../unreachable.js';
import type { ReachabilityCommand } from './commands.js';
import type { ReachabilityEvent, SuppressedAddress } from './events.js';
import type { ReachabilityState } from './evolve.js';

/** A command that changes nothing yields no events. */
export function decide(command: ReachabilityCommand, state: ReachabilityState): ReachabilityEvent[] {
  switch (command.type) {
    case 'SuppressAddress':
      return isSuppressed(state, command.data) ? [] : [{ type: 'ChannelSuppressed', data: command.data }];
    case 'ReleaseChannel':
      return state.suppressed.some(({ channel }) => channel === command.data.channel)
        ? [{ type: 'ChannelReleased', data: command.data }]
        : [];
    default:
      return unreachable(command);
  }
}

export function isSuppressed(
  { suppressed }: ReachabilityState,
  { channel, address }: SuppressedAddress,
): boolean {
  return suppressed.some((each) => each.channel === channel && each.address === address);
}
