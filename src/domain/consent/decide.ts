import { unreachable } from '../unreachable.js';
import type { ConsentCommand } from './commands.js';
import type { ConsentEvent } from './events.js';
import { type ConsentState, fingerprintOf } from './evolve.js';

/**
 * Every decision is recorded, older ones than what stands too: which one stands, `evolve` finds by their times. The very
 * same decision again yields no events.
 */
export function decide(command: ConsentCommand, state: ConsentState): ConsentEvent[] {
  const event = eventOf(command);
  return state.known.has(fingerprintOf(event)) ? [] : [event];
}

/** What a command records, where it is new. */
export function eventOf(command: ConsentCommand): ConsentEvent {
  switch (command.type) {
    case 'GrantConsent':
      return { type: 'ConsentGranted', data: command.data };
    case 'WithdrawConsent':
      return { type: 'ConsentWithdrawn', data: command.data };
    case 'OptOutOfSale':
      return { type: 'SaleOptedOut', data: command.data };
    case 'AllowSale':
      return { type: 'SaleAllowed', data: command.data };
    case 'RestrictProcessing':
      return { type: 'ProcessingRestricted', data: command.data };
    case 'LiftRestriction':
      return { type: 'RestrictionLifted', data: command.data };
    default:
      return unreachable(command);
  }
}
