import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { PrivacyPolicies } from '../../commands/privacyPolicies.js';
import type { FieldError } from '../../domain/errors.js';
import type { Position } from '../../domain/metadata.js';
import { findPersonal } from '../../domain/privacy/detection.js';
import type { FieldPolicy } from '../../domain/privacy/fieldPolicy.js';
import { readFieldPolicy } from '../../domain/privacy/policyFaults.js';
import type { PrivacyPolicyState } from '../../domain/privacyPolicy/evolve.js';
import { isoTimeOrNull } from '../../queries/models/fields.js';
import {
  type PrivacyPoliciesModel,
  policySet,
  privacyPolicies,
} from '../../queries/models/privacyPolicies.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { invalidParameters, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { addReceivedBody, existingBody, type ReceivedBody } from './jsonBody.js';

export interface PolicyRoutesOptions {
  readonly policies: PrivacyPolicies;
  formatPosition(position: Position): string;
  /** Epoch milliseconds. */
  now(): number;
}

const url = '/v1/privacy/policies';
const nothing = z.strictObject({});
const answer = z.object({ data: privacyPolicies });
const changed = z.object({
  data: privacyPolicies,
  position: z.string().nullable().meta({ description: 'Of the change; null before any was made.' }),
});

/** What a tenant decides about personal data. Mounted without a prefix. */
export function policyRoutes({ policies, formatPosition, now }: PolicyRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Bodies are checked by the routes' own zod schemas, and answers are made by typed code.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (shown) => JSON.stringify(shown));
    addReceivedBody(app);
    app.get(
      url,
      {
        config: { access: 'privacy' },
        schema: {
          operationId: 'getPrivacyPolicies',
          summary: 'The policies in force: personal fields, consent, retention',
          tags: ['privacy'],
          response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        parseParameters(nothing, request.query);
        reply.header('cache-control', 'no-store');
        return { data: toModel(policies.of(accessOf(request).tenantId).state) };
      },
    );
    app.put<{ Body: ReceivedBody | undefined }>(
      url,
      {
        config: { access: 'privacy' },
        schema: {
          operationId: 'replacePrivacyPolicies',
          summary: 'Replaces the policies as a whole',
          description:
            'They hold for every message from then on; retention periods also for what is there. With another `version` than the one in force it is a 409, so that nobody overwrites what they have not seen.',
          tags: ['privacy'],
          body: jsonSchema(policySet, 'input'),
          response: { 200: jsonSchema(changed, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        const { tenantId, keyId } = accessOf(request);
        parseParameters(nothing, request.query);
        const { version, fields, consent, retention } = parseParameters(
          policySet,
          existingBody(request.body).value,
        );
        refusePersonal(
          consent.necessaryEvents.map((text, index) => [`consent.necessaryEvents.${index}`, text]),
        );
        refusePersonal(fields.rules.map(({ path }, index) => [`fields.rules.${index}.path`, path]));
        const set = { fields: checkedFields(fields), consent, retention };
        const data = { version, policies: set, at: now(), by: keyId };
        const { inForce, position } = await policies.execute(
          tenantId,
          { type: 'ChangePrivacyPolicies', data },
          request.id,
        );
        reply.header('cache-control', 'no-store');
        return {
          data: toModel(inForce.state),
          position: position === undefined ? null : formatPosition(position),
        };
      },
    );
  };
}

/** @throws CodedError `invalid-parameter` with everything that is wrong with it */
function checkedFields(fields: unknown): FieldPolicy {
  const read = readFieldPolicy(fields);
  if ('rules' in read) return read;
  throw invalidParameters(
    read.map(({ path, message }) => ({ path: `fields.${path}`, code: 'invalid-policy', message })),
  );
}

/** Policies are shown and kept in the clear, also after everybody in them was erased. */
function refusePersonal(texts: readonly (readonly [path: string, text: string])[]): void {
  const errors = texts.flatMap(([path, text]): FieldError[] =>
    findPersonal(text).length === 0
      ? []
      : [{ path, code: 'personal-value', message: 'must hold no personal value' }],
  );
  if (errors.length > 0) throw invalidParameters(errors);
}

function toModel({ version, policies, changed: last }: PrivacyPolicyState): PrivacyPoliciesModel {
  return { version, ...policies, changedAt: isoTimeOrNull(last?.at), changedBy: last?.by ?? null };
}
