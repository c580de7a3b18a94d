import type {
  AffectedPersonsCounted,
  AffectedPersonsNotified,
  AuthorityNotified,
  BreachAssessed,
  BreachClosed,
  BreachRecorded,
} from './events.js';

/** `at` is now, epoch milliseconds; `by` the id of the key that an officer used. */
export type BreachCommand =
  | { readonly type: 'RecordBreach'; readonly data: Omit<BreachRecorded['data'], 'dueAt'> }
  | { readonly type: 'AssessBreach'; readonly data: BreachAssessed['data'] }
  | { readonly type: 'RecordAffectedPersons'; readonly data: AffectedPersonsCounted['data'] }
  | { readonly type: 'RecordAuthorityNotification'; readonly data: AuthorityNotified['data'] }
  | { readonly type: 'RecordPersonsNotification'; readonly data: AffectedPersonsNotified['data'] }
  | { readonly type: 'CloseBreach'; readonly data: BreachClosed['data'] };
