import { z } from 'zod';
import { allowedCallback, type CallbackRules } from '../../commands/callbackUrl.js';
import { requestTypes } from '../../commands/personRights.js';
import type { ReceivedIdentity, ReceivePrivacyRequest } from '../../commands/privacyRequests.js';
import { CodedError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { findPersonal } from '../../domain/privacy/detection.js';
import { namesPerson } from '../../domain/privacy/ownIds.js';
import { regulations } from '../../domain/privacyRequest/events.js';
import { readIdentifier } from '../ingestion/identifier.js';
import { instant, invalidParameters } from '../reads/parameters.js';

/** What the sender's clock may be ahead. Milliseconds. */
const clockSkew = 300_000;

/** A UUID of version 4 in lower case, as OpenDSR 2.0 asks (section 1.1). */
export const requestId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, {
    message: 'must be a UUID of version 4 in lower case',
  })
  .meta({ description: 'The id that the requester made: a UUID of version 4.' });

/** The kinds of identity that stand for a person here, each with what pseudonyms are made of. */
const identityKinds = { controller_customer_id: 'user', anonymous_id: 'anonymous' } as const;
const supported = Object.keys(identityKinds);

const identity = z.object({
  identity_type: z
    .string()
    .max(100)
    .meta({ description: `One of ${supported.join(', ')}.` }),
  identity_value: z.string().max(1000),
  identity_format: z.string().max(100).default('raw').meta({ description: '`raw` alone.' }),
});
const trait = z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]);
const extension = z.strictObject({
  identity_verification: z
    .enum(['done', 'required'])
    .default('done')
    .meta({ description: '`required`: the request waits until an officer has verified the identity.' }),
  traits: z
    .record(z.string().min(1).max(100), trait)
    .refine((traits) => Object.keys(traits).length <= 50, { message: 'must be at most 50 traits' })
    .refine((traits) => Object.keys(traits).every((name) => findPersonal(name).length === 0), {
      message: 'must be named by traits, not by personal values',
    })
    .optional()
    .meta({ description: 'Of a rectification: the new values by trait. They are sealed.' }),
  restricted: z
    .boolean()
    .optional()
    .meta({ description: 'Of a restriction: true, the default, where it begins, false where it ends.' }),
});

/** OpenDSR 2.0, section 7.1. */
export const requestBody = z.strictObject({
  regulation: z.enum(regulations).default('gdpr'),
  subject_request_id: requestId,
  subject_request_type: z.enum(requestTypes),
  submitted_time: instant('When the person asked.'),
  subject_identities: z.array(identity).min(1).max(20),
  api_version: z.string().max(20).optional(),
  status_callback_urls: z
    .array(z.string().min(1).max(500))
    .max(3)
    .default([])
    .meta({ description: 'Told of each change of the status. https, on a host that the operator allows.' }),
  extensions: z
    .object({ waymark: extension.optional() })
    .optional()
    .meta({ description: 'By processor; others than `waymark` are not looked at.' }),
});

export const supportedIdentities = supported.map((type) => ({ identity_type: type, identity_format: 'raw' }));

export type AskedRequest = Omit<ReceivePrivacyRequest, 'tenantId' | 'correlationId' | 'by'>;

/** @throws CodedError `invalid-parameter`, `unsupported-identity`, `callback-not-allowed` */
export function toAskedRequest(
  body: z.output<typeof requestBody>,
  tenantId: string,
  rules: CallbackRules,
  now: number,
): AskedRequest {
  const submittedAt = body.submitted_time;
  if (submittedAt > now + clockSkew)
    throw invalid('submitted_time', 'in-the-future', 'must not be in the future');
  const ids = body.subject_identities.map((each) => each.identity_value);
  for (const url of body.status_callback_urls) {
    if (allowedCallback(rules, tenantId, url) === undefined || namesPerson(url, ids)) {
      throw new CodedError(
        'callback-not-allowed',
        'Use an https address on a host of WAYMARK_CALLBACK_HOSTS, without credentials, query, fragment and personal values.',
      );
    }
  }
  return {
    requestId: body.subject_request_id,
    requestType: body.subject_request_type,
    regulation: body.regulation,
    identities: body.subject_identities.map(toIdentity),
    details: detailsOf(body),
    submittedAt,
    verification:
      body.extensions?.waymark?.identity_verification === 'required' ? 'required' : 'by-controller',
    callbackUrls: [...new Set(body.status_callback_urls)],
  };
}

function toIdentity(given: z.output<typeof identity>, index: number): ReceivedIdentity {
  const type = given.identity_type;
  const kind = type === 'controller_customer_id' || type === 'anonymous_id' ? identityKinds[type] : undefined;
  if (kind === undefined || given.identity_format !== 'raw') {
    throw new CodedError(
      'unsupported-identity',
      `Persons are known by ${supported.join(' and ')} in the format raw: look the person up, and send that.`,
      {
        errors: [
          { path: `subject_identities.${index}`, code: 'unsupported-identity', message: 'is not supported' },
        ],
      },
    );
  }
  const value = readIdentifier(given.identity_value);
  if (value === undefined || value === '') {
    const path = `subject_identities.${index}.identity_value`;
    throw invalid(path, 'invalid-id', 'must be text of 1 to 256 characters without control characters');
  }
  return { kind, value };
}

function detailsOf({
  subject_request_type: type,
  subject_identities: identities,
  extensions,
}: z.output<typeof requestBody>): JsonObject {
  const { traits, restricted } = extensions?.waymark ?? {};
  if (traits !== undefined && type !== 'rectification') {
    throw invalid('extensions.waymark.traits', 'not-allowed', 'belongs to a rectification');
  }
  if (restricted !== undefined && type !== 'restriction') {
    throw invalid('extensions.waymark.restricted', 'not-allowed', 'belongs to a restriction');
  }
  if (type === 'restriction') return { restricted: restricted ?? true };
  if (type !== 'rectification') return {};
  if (traits === undefined || Object.keys(traits).length === 0) {
    throw invalid('extensions.waymark.traits', 'missing', 'is required: the new values by trait');
  }
  const ids = identities.map((each) => each.identity_value);
  if (Object.keys(traits).some((name) => namesPerson(name, ids))) {
    throw invalid(
      'extensions.waymark.traits',
      'personal-value',
      'must be named by traits, not by personal values',
    );
  }
  return traits;
}

function invalid(path: string, code: string, message: string): CodedError {
  return invalidParameters([{ path, code, message }]);
}
