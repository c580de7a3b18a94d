import { z } from 'zod';
import {
  extensionReasons,
  privacyRequestTypes,
  regulations,
  rejectionReasons,
  toldStatuses,
  verificationMethods,
} from '../../domain/privacyRequest/events.js';
import { requestStatuses } from '../../domain/privacyRequest/evolve.js';
import { count, jsonObject, type Shown, text, time } from './fields.js';

const by = text('The id of the key that an officer used.');

/** As OpenDSR 2.0 names things; what it does not know follows its spelling. */
export const privacyRequest = z
  .object({
    controller_id: text('The tenant.'),
    subject_request_id: z.uuid(),
    subject_request_type: z.enum(privacyRequestTypes),
    regulation: z.enum(regulations),
    request_status: z.enum(requestStatuses).meta({ description: '`received` waits for the identity check.' }),
    status_time: time('Since when it has this status.'),
    submitted_time: time('When the person asked.'),
    received_time: time('When the request came in.'),
    expected_completion_time: time('When it has to be answered.'),
    overdue: z.boolean(),
    identity_verification: z.object({
      state: z.enum(['required', 'verified', 'by-controller']),
      method: z.enum(verificationMethods).nullable(),
      by: by.nullable(),
      time: time('When it was verified.').nullable(),
    }),
    extension: z.object({ reason: z.enum(extensionReasons), by, time: time('When.') }).nullable(),
    rejection: z.object({ reason: z.enum(rejectionReasons), by }).nullable(),
    failed_attempts: count('Attempts to carry it out that failed since it was accepted or retried.'),
    last_failure: z.string().nullable().meta({ description: 'A code: why the last of them failed.' }),
    retry_time: time('When it is tried again.').nullable(),
    remarks: z.array(z.string()).meta({ description: 'What is missing, where something is.' }),
    result: jsonObject('What came of it: the id of an export, a receipt.'),
    callbacks: z.array(
      z.object({
        status_callback_url: z.string(),
        owed: z.array(z.enum(toldStatuses)).meta({ description: 'Statuses not told yet, in their order.' }),
        delivered: count('Statuses told.'),
        given_up: count('Statuses never told, because every attempt failed.'),
        failed_attempts: count('Failed attempts to tell the first that is owed.'),
        last_failure: z.string().nullable(),
        retry_time: time('When the first that is owed is tried again.').nullable(),
      }),
    ),
    api_version: z.literal('2.0'),
  })
  .meta({ id: 'PrivacyRequest' });
export type PrivacyRequestModel = Shown<z.infer<typeof privacyRequest>>;
