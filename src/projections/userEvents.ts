import type { DomainEvent } from '../domain/domainEvent.js';
import type { UserEvent } from '../domain/journey/events.js';

export const userEventTypes = [
  'PageViewed',
  'ScreenViewed',
  'ActionTracked',
  'TraitsIdentified',
  'GroupJoined',
  'AliasDeclared',
] as const satisfies readonly UserEvent['type'][];

export function isUserEvent(event: DomainEvent): event is UserEvent {
  switch (event.type) {
    case 'PageViewed':
    case 'ScreenViewed':
    case 'ActionTracked':
    case 'TraitsIdentified':
    case 'GroupJoined':
    case 'AliasDeclared':
      return true;
    default:
      return false;
  }
}
