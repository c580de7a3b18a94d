import { unreachable } from '../unreachable.js';
import type { ConsentCommand } from './commands.js';
import type { ConsentEvent } from './events.js';
import { type ConsentState, isStrict } from './evolve.js';

/**
 * What one identity's stream has to take over from another of the same person's. Where only the other has decided, its
 * decision; where both have and differ, the stricter one, which counts from when the laxer did, so that it stands
 * until the person decides anew.
 */
export function commandsToJoin(
  own: ConsentState,
  other: ConsentState,
  otherSubject: string,
): ConsentCommand[] {
  const commands: ConsentCommand[] = [];
  for (const [matter, { event }] of other.standing) {
    const present = own.standing.get(matter)?.event;
    if (present !== undefined && (isStrict(present) || !isStrict(event))) continue;
    const countsFrom = Math.max(event.data.countsFrom, present?.data.countsFrom ?? 0);
    commands.push(commandToCopy(event, otherSubject, countsFrom));
  }
  return commands;
}

/** Records the decision, made under another identity of the person, under this one too. */
export function commandToCopy(
  event: ConsentEvent,
  otherSubject: string,
  countsFrom: number = event.data.countsFrom,
): ConsentCommand {
  const changes = { decidedAs: event.data.decidedAs ?? otherSubject, countsFrom };
  switch (event.type) {
    case 'ConsentGranted':
      return { type: 'GrantConsent', data: { ...event.data, ...changes } };
    case 'ConsentWithdrawn':
      return { type: 'WithdrawConsent', data: { ...event.data, ...changes } };
    case 'SaleOptedOut':
      return { type: 'OptOutOfSale', data: { ...event.data, ...changes } };
    case 'SaleAllowed':
      return { type: 'AllowSale', data: { ...event.data, ...changes } };
    case 'ProcessingRestricted':
      return { type: 'RestrictProcessing', data: { ...event.data, ...changes } };
    case 'RestrictionLifted':
      return { type: 'LiftRestriction', data: { ...event.data, ...changes } };
    default:
      return unreachable(event);
  }
}
