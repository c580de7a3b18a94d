import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { OfficerCommand, PrivacyRequests } from '../../commands/privacyRequests.js';
import {
  extensionReasons,
  rejectionReasons,
  verificationMethods,
} from '../../domain/privacyRequest/events.js';
import { privacyRequest } from '../../queries/models/privacyRequest.js';
import { toPrivacyRequest } from '../../queries/privacyRequests.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { invalidParameters, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import type { ReceivedBody } from './jsonBody.js';
import { requestId } from './requestBody.js';
import { type Signing, sendSigned } from './signedAnswers.js';

const params = z.object({ id: requestId });
const nothing = z.strictObject({});
const answer = z.object({
  ...privacyRequest.shape,
  position: z.string().meta({ description: 'For `waitFor` of the list.' }),
});

const verification = z.strictObject({
  verified: z.boolean().meta({ description: 'False rejects the request: `identity-not-verified`.' }),
  method: z.enum(verificationMethods).optional().meta({ description: 'Needed where it is verified.' }),
});
const extension = z.strictObject({ reason: z.enum(extensionReasons) });
const rejection = z.strictObject({ reason: z.enum(rejectionReasons) });
const noBody = z.strictObject({}).prefault({});

interface OfficerRoute<S extends z.ZodType> {
  readonly action: 'verify' | 'extend' | 'reject' | 'retry';
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly body: S;
  command(body: z.output<S>, done: { readonly at: number; readonly by: string }): OfficerCommand;
}

export interface OfficerRoutesOptions extends Signing {
  readonly requests: PrivacyRequests;
  now(): number;
}

/** What officers do with a request. Each repeated changes nothing; where the status does not allow it, 409. */
export function addOfficerRoutes(app: FastifyInstance, options: OfficerRoutesOptions): void {
  const add = <S extends z.ZodType>(route: OfficerRoute<S>) => addOfficerRoute(app, options, route);
  add({
    action: 'verify',
    operationId: 'verifyPrivacyRequest',
    summary: 'Records that the identity was verified, or could not be',
    description: 'Of a request that waits for it. Who did it is the key that was used.',
    body: verification,
    command({ verified, method }, done) {
      if (!verified) return { type: 'RejectRequest', data: { ...done, reason: 'identity-not-verified' } };
      if (method === undefined) {
        throw invalidParameters([{ path: 'method', code: 'missing', message: 'is required' }]);
      }
      return { type: 'VerifyIdentity', data: { ...done, method } };
    },
  });
  add({
    action: 'extend',
    operationId: 'extendPrivacyRequest',
    summary: 'Extends the due date by two months',
    description: 'Once, and before the first month is over (Art. 12(3) GDPR). Tell the person why.',
    body: extension,
    command: ({ reason }, done) => ({ type: 'ExtendRequest', data: { ...done, reason } }),
  });
  add({
    action: 'reject',
    operationId: 'rejectPrivacyRequest',
    summary: 'Rejects a request, with its reason',
    description: 'Before it is carried out, or after that failed. Tell the person why (Art. 12(4) GDPR).',
    body: rejection,
    command: ({ reason }, done) => ({ type: 'RejectRequest', data: { ...done, reason } }),
  });
  add({
    action: 'retry',
    operationId: 'retryPrivacyRequest',
    summary: 'Carries a request out again that failed or was completed in part',
    description: 'What was done before is not done twice.',
    body: noBody,
    command: (_, done) => ({ type: 'RetryRequest', data: done }),
  });
}

function addOfficerRoute<S extends z.ZodType>(
  app: FastifyInstance,
  { requests, now, ...signing }: OfficerRoutesOptions,
  route: OfficerRoute<S>,
): void {
  app.post<{ Body: ReceivedBody | undefined }>(
    `/v1/privacy/requests/:id/${route.action}`,
    {
      config: { access: 'privacy' },
      schema: {
        operationId: route.operationId,
        summary: route.summary,
        description: route.description,
        tags: ['privacy'],
        params: jsonSchema(params, 'input'),
        body: jsonSchema(route.body, 'input'),
        response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(nothing, request.query);
      const body = parseParameters(route.body, request.body?.value);
      const command = route.command(body, { at: now(), by: keyId });
      const changed = await requests.change({ tenantId, requestId: id }, command, request.id);
      const shown = toPrivacyRequest(tenantId, changed.request, now());
      return sendSigned(reply, signing, 200, { ...shown, position: changed.position });
    },
  );
}
