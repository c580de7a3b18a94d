import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { CallbackRules } from '../../commands/callbackUrl.js';
import { type RequestType, requestTypes } from '../../commands/personRights.js';
import { requestStatuses } from '../../domain/privacyRequest/evolve.js';
import { privacyRequest } from '../../queries/models/privacyRequest.js';
import { listPrivacyRequests, toPrivacyRequest } from '../../queries/privacyRequests.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { identifier, instant, parseParameters } from '../reads/parameters.js';
import { addList } from '../reads/route.js';
import { jsonSchema } from '../schema.js';
import { addReceivedBody, existingBody, type ReceivedBody } from './jsonBody.js';
import { addOfficerRoutes, type OfficerRoutesOptions } from './officerRoutes.js';
import { requestBody, requestId, supportedIdentities, toAskedRequest } from './requestBody.js';
import { sendSigned } from './signedAnswers.js';

export interface RequestRoutesOptions extends OfficerRoutesOptions {
  readonly ports: QueryPorts;
  readonly callbackRules: CallbackRules;
  /** Those that something carries out. */
  readonly supportedTypes: readonly RequestType[];
  /** Under which answers and callbacks are signed. */
  readonly publicKey: { readonly keyId: string; readonly publicKeyPem: string };
}

const readModels = ['privacyRequests'];
const params = z.object({ id: requestId });
const nothing = z.strictObject({});
const time = z.string().meta({ format: 'date-time' });
const position = z.string().meta({ description: 'For `waitFor` of the list.' });
const receipt = z.object({
  controller_id: z.string(),
  received_time: time,
  subject_request_id: z.uuid(),
  api_version: z.literal('2.0'),
  position,
});
const received = z.object({
  ...receipt.shape,
  expected_completion_time: time,
  encoded_request: z.string().meta({ description: 'The body as sent, in base64. Not to be stored.' }),
});
const found = z.object({ ...privacyRequest.shape, position });
const discovery = z.object({
  api_version: z.literal('2.0'),
  supported_identities: z.array(z.object({ identity_type: z.string(), identity_format: z.string() })),
  supported_subject_request_types: z.array(z.enum(requestTypes)),
  processor_domain: z.string(),
  processor_public_key: z.object({ key_id: z.string(), algorithm: z.literal('Ed25519'), pem: z.string() }),
});

/** Requests of persons as OpenDSR 2.0. Mounted without a prefix. Every answer but the list is signed. */
export function requestRoutes(options: RequestRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Bodies and parameters are checked by the routes' own zod schemas, and answers are made by typed code.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
    addReceivedBody(app);
    addReceiving(app, options);
    addReading(app, options);
    addDiscovery(app, options);
    addOfficerRoutes(app, options);
  };
}

function addReceiving(app: FastifyInstance, options: RequestRoutesOptions): void {
  const { requests, callbackRules, now } = options;
  app.post<{ Body: ReceivedBody | undefined }>(
    '/v1/privacy/requests',
    {
      config: { access: 'privacy' },
      schema: {
        operationId: 'createPrivacyRequest',
        summary: "Receives a person's request",
        description: 'The same again answers the same request; other content under its id is a 409.',
        tags: ['privacy'],
        body: jsonSchema(requestBody, 'input'),
        response: { 201: jsonSchema(received, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      parseParameters(nothing, request.query);
      const { bytes, value } = existingBody(request.body);
      const asked = toAskedRequest(parseParameters(requestBody, value), tenantId, callbackRules, now());
      const origin = { tenantId, correlationId: request.id, by: keyId };
      const result = await requests.receive({ ...asked, ...origin });
      return sendSigned(reply, options, 201, {
        controller_id: tenantId,
        expected_completion_time: new Date(result.request.dueAt).toISOString(),
        received_time: new Date(result.request.asked.at).toISOString(),
        encoded_request: bytes.toString('base64'),
        subject_request_id: asked.requestId,
        api_version: '2.0',
        position: result.position,
      });
    },
  );

  app.delete(
    '/v1/privacy/requests/:id',
    {
      config: { access: 'privacy' },
      schema: {
        operationId: 'cancelPrivacyRequest',
        summary: 'Cancels a request that is not carried out yet',
        tags: ['privacy'],
        params: jsonSchema(params, 'input'),
        response: { 202: jsonSchema(receipt, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(nothing, request.query);
      const command = { type: 'CancelRequest', data: { at: now(), by: keyId } } as const;
      const cancelled = await requests.change({ tenantId, requestId: id }, command, request.id);
      return sendSigned(reply, options, 202, {
        controller_id: tenantId,
        received_time: new Date(cancelled.request.statusAt).toISOString(),
        subject_request_id: id,
        api_version: '2.0',
        position: cancelled.position,
      });
    },
  );
}

function addReading(app: FastifyInstance, options: RequestRoutesOptions): void {
  const { requests, ports, now } = options;
  addList(
    app,
    ports,
    {
      url: '/v1/privacy/requests',
      operationId: 'listPrivacyRequests',
      tag: 'privacy',
      access: 'privacy',
      personal: true,
      summary: 'Requests of persons, those due first come first',
      readModels,
      params: {},
      query: {
        status: z.enum(requestStatuses).optional(),
        type: z.enum(requestTypes).optional(),
        dueBefore: instant('Only those to be answered before this time.').optional(),
        userId: identifier('Only those whose first identity is this user id.').optional(),
      },
      model: privacyRequest,
    },
    async ({ tenantId, query: { userId, ...filter } }, page) => {
      const view = openView(ports, tenantId, readModels);
      const subject = userId === undefined ? undefined : ports.subjectOf(tenantId, 'user', userId);
      return listPrivacyRequests(view, { ...filter, subject }, page, now());
    },
  );

  app.get(
    '/v1/privacy/requests/:id',
    {
      config: { access: 'privacy' },
      schema: {
        operationId: 'getPrivacyRequest',
        summary: 'One request, as its stream says now',
        tags: ['privacy'],
        params: jsonSchema(params, 'input'),
        response: { 200: jsonSchema(found, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(nothing, request.query);
      const result = await requests.find({ tenantId, requestId: id });
      await request.recordAbout(result.request.asked.subjects);
      const shown = toPrivacyRequest(tenantId, result.request, now());
      return sendSigned(reply, options, 200, { ...shown, position: result.position });
    },
  );
}

function addDiscovery(app: FastifyInstance, options: RequestRoutesOptions): void {
  const { supportedTypes, processorDomain, publicKey } = options;
  app.get(
    '/v1/privacy/discovery',
    {
      config: { access: 'privacy' },
      schema: {
        operationId: 'discoverPrivacyRequests',
        summary: 'Which requests and identities are supported, and the key that answers are signed with',
        tags: ['privacy'],
        response: { 200: jsonSchema(discovery, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      parseParameters(nothing, request.query);
      return sendSigned(reply, options, 200, {
        api_version: '2.0',
        supported_identities: supportedIdentities,
        supported_subject_request_types: supportedTypes,
        processor_domain: processorDomain,
        processor_public_key: { key_id: publicKey.keyId, algorithm: 'Ed25519', pem: publicKey.publicKeyPem },
      });
    },
  );
}
