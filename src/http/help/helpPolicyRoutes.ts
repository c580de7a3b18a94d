import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { HelpPolicies } from '../../commands/help/helpPolicies.js';
import { promptFaults } from '../../commands/help/prompts/prompts.js';
import type { HelpPolicyState } from '../../domain/helpPolicy/evolve.js';
import { isoTimeOrNull } from '../../queries/models/fields.js';
import { type HelpPolicyModel, helpPolicy, helpPolicyBody } from '../../queries/models/helpPolicy.js';
import { accessOf } from '../auth.js';
import { existingBody, type ReceivedBody } from '../privacy/jsonBody.js';
import { problemResponses } from '../problems.js';
import { parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import {
  type ConfigurationRoutesOptions,
  changedAnswer,
  checkOwnBodies,
  noQuery,
} from './configurationRoute.js';

const url = '/v1/help/policy';

/** What holds for all help of a tenant. Mounted without a prefix. */
export function helpPolicyRoutes(
  policies: HelpPolicies,
  { formatPosition, now }: ConfigurationRoutesOptions,
): FastifyPluginAsync {
  return async (app) => {
    checkOwnBodies(app);
    app.get(
      url,
      {
        config: { access: 'read' },
        schema: {
          operationId: 'getHelpPolicy',
          summary: 'The policy in force: limits, quiet hours, models, budget, compliance',
          tags: ['help'],
          response: { 200: jsonSchema(z.object({ data: helpPolicy }), 'output'), ...problemResponses },
        },
      },
      async (request) => {
        parseParameters(noQuery, request.query);
        return { data: toModel(policies.of(accessOf(request).tenantId)) };
      },
    );
    app.put<{ Body: ReceivedBody | undefined }>(
      url,
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'replaceHelpPolicy',
          summary: 'Replaces the policy as a whole',
          description: 'With another `version` than the one in force it is a 409.',
          tags: ['help'],
          body: jsonSchema(helpPolicyBody, 'input'),
          response: { 200: jsonSchema(changedAnswer(helpPolicy), 'output'), ...problemResponses },
        },
      },
      async (request) => {
        const { tenantId, keyId: by } = accessOf(request);
        parseParameters(noQuery, request.query);
        const { version, ...policy } = parseParameters(helpPolicyBody, existingBody(request.body).value);
        promptFaults(policy).throwFound();
        const data = { version, policy, at: now(), by };
        const { inForce, position } = await policies.execute(
          tenantId,
          { type: 'ChangeHelpPolicy', data },
          request.id,
        );
        return { data: toModel(inForce), position: position === undefined ? null : formatPosition(position) };
      },
    );
  };
}

function toModel({ version, policy, changed }: HelpPolicyState): HelpPolicyModel {
  return { version, ...policy, changedAt: isoTimeOrNull(changed?.at), changedBy: changed?.by ?? null };
}
