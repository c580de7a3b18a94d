import { canonicalJson } from '../canonicalJson.js';
import { CodedError } from '../errors.js';
import { unreachable } from '../unreachable.js';
import type { BreachCommand } from './commands.js';
import type { BreachClosed, BreachEvent } from './events.js';
import type { BreachState, KnownBreach } from './evolve.js';

/** Art. 33(1) GDPR. Hours, by the clock: weekends and holidays count. Milliseconds. */
export const timeToNotify = 72 * 3_600_000;

/**
 * A command that changes nothing yields no events.
 * @throws CodedError `not-found` where the breach was never recorded, `conflict` where its state does not allow it
 */
export function decide(command: BreachCommand, state: BreachState): BreachEvent[] {
  if (command.type === 'RecordBreach') return record(command.data, state);
  if (state.status === 'none') throw new CodedError('not-found', 'No breach has this id.');
  if (command.type === 'CloseBreach') return close(command.data, state);
  if (state.status === 'closed') throw new CodedError('conflict', 'The breach is closed; record a new one.');
  switch (command.type) {
    case 'AssessBreach':
      return isSame(command.data.assessment, state.assessment)
        ? []
        : [{ type: 'BreachAssessed', data: command.data }];
    case 'RecordAffectedPersons':
      return [{ type: 'AffectedPersonsCounted', data: command.data }];
    case 'RecordAuthorityNotification': {
      const { notifiedAt, delayReason } = command.data;
      const known = state.authority;
      if (known?.notifiedAt === notifiedAt && known.reference === command.data.reference) return [];
      if (known === null && notifiedAt > state.recorded.dueAt && delayReason === null) {
        throw new CodedError('conflict', 'After 72 hours the reasons for the delay are needed: delayReason.');
      }
      return [{ type: 'AuthorityNotified', data: command.data }];
    }
    case 'RecordPersonsNotification': {
      const known = state.notifications.find(({ channel }) => channel === command.data.channel);
      const { notifiedAt, persons, textHash } = command.data;
      const isKnown =
        known?.notifiedAt === notifiedAt && known.persons === persons && known.textHash === textHash;
      return isKnown ? [] : [{ type: 'AffectedPersonsNotified', data: command.data }];
    }
    default:
      return unreachable(command);
  }
}

function record(
  data: Extract<BreachCommand, { type: 'RecordBreach' }>['data'],
  state: BreachState,
): BreachEvent[] {
  if (state.status === 'none')
    return [{ type: 'BreachRecorded', data: { ...data, dueAt: data.awareAt + timeToNotify } }];
  const { awareAt, assessment } = state.recorded;
  if (data.awareAt === awareAt && isSame(data.assessment, assessment)) return [];
  throw new CodedError('conflict', 'A breach with this id and other content was recorded before.');
}

/** The reason must be the true one: what Art. 33 and 34 ask for is done, or is said not to be needed. */
function close(data: BreachClosed['data'], state: KnownBreach): BreachEvent[] {
  const { closed, authority, assessment, notifications } = state;
  if (closed !== null) {
    if (closed.reason === data.reason) return [];
    throw new CodedError('conflict', 'The breach was closed before, for another reason.');
  }
  if (data.reason === 'risk-unlikely' && assessment.risk !== 'unlikely')
    throw new CodedError('conflict', 'The assessment does not say that a risk is unlikely: assess it first.');
  if (data.reason === 'notified') {
    if (authority === null)
      throw new CodedError('conflict', 'The notification of the authority is not recorded.');
    if (assessment.risk === 'high' && notifications.length === 0 && data.exemption === null) {
      throw new CodedError(
        'conflict',
        'The risk is high: record that the persons were notified, or why they need not be (exemption).',
      );
    }
  }
  return [{ type: 'BreachClosed', data }];
}

function isSame(one: object, other: object): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
