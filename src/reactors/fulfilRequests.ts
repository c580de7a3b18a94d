import type { FulfilPrivacyRequest } from '../commands/fulfilPrivacyRequest.js';
import type { PrivacyRequestAddress } from '../commands/privacyRequestStream.js';
import { type DueRequests, type DueRequestsOptions, dueRequests } from './dueRequests.js';

/** Most of them wait for their records to become durable, or for the erasures that are carried out together with theirs. */
const inWorkAtATime = 4000;
/** An address that never answers holds one place for the time-out of a callback. */
const toldAtATime = 8;

/** Carries out requests that are accepted, those that a crash left in progress among them. */
export function fulfilRequests(options: DueRequestsOptions, fulfil: FulfilPrivacyRequest): DueRequests {
  return dueRequests(options, 'workAt', inWorkAtATime, fulfil);
}

/** Tells the addresses that a request names of its status. */
export function tellStatuses(
  options: DueRequestsOptions,
  tell: (address: PrivacyRequestAddress) => Promise<void>,
): DueRequests {
  return dueRequests(options, 'callbackAt', toldAtATime, tell);
}
