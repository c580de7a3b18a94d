import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { knownStrategy, type Strategies, type StrategiesInForce } from '../../commands/help/strategies.js';
import type { StrategyTemplateFaults } from '../../commands/help/strategyTemplates.js';
import { isoTimeOrNull } from '../../queries/models/fields.js';
import { type StrategyModel, strategy, strategyBody } from '../../queries/models/strategy.js';
import { accessOf } from '../auth.js';
import { existingBody, type ReceivedBody } from '../privacy/jsonBody.js';
import { problemResponses } from '../problems.js';
import { identifier, invalidParameters, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import {
  type ConfigurationRoutesOptions,
  changedAnswer,
  checkOwnBodies,
  noQuery,
} from './configurationRoute.js';

const params = z.object({ id: identifier("The strategy's id.") });
const read = z.strictObject({
  version: z.coerce.number().int().min(0).meta({ description: 'The version that was read.' }),
});
const retired = z.object({
  position: z.string().nullable().meta({ description: 'Of the change; null where it was retired before.' }),
});

export interface StrategyRoutesOptions extends ConfigurationRoutesOptions {
  readonly templateFaults: StrategyTemplateFaults;
}

/** What may be done for people. Mounted without a prefix. */
export function strategyRoutes(strategies: Strategies, options: StrategyRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    checkOwnBodies(app);
    addReads(app, strategies);
    addChanges(app, strategies, options);
  };
}

function addReads(app: FastifyInstance, strategies: Strategies): void {
  app.get(
    '/v1/strategies',
    {
      config: { access: 'read' },
      schema: {
        operationId: 'listStrategies',
        summary: 'All strategies, by id',
        tags: ['help'],
        response: {
          200: jsonSchema(z.object({ data: z.array(strategy), nextCursor: z.null() }), 'output'),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      parseParameters(noQuery, request.query);
      const inForce = strategies.of(accessOf(request).tenantId);
      const ids = [...inForce.known.keys()].sort();
      return { data: ids.map((id) => toModel(inForce, id)), nextCursor: null };
    },
  );
  app.get(
    '/v1/strategies/:id',
    {
      config: { access: 'read' },
      schema: {
        operationId: 'getStrategy',
        summary: 'One strategy',
        tags: ['help'],
        params: jsonSchema(params, 'input'),
        response: { 200: jsonSchema(z.object({ data: strategy }), 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { id } = parseParameters(params, request.params);
      parseParameters(noQuery, request.query);
      return { data: toModel(strategies.of(accessOf(request).tenantId), id) };
    },
  );
}

function addChanges(
  app: FastifyInstance,
  strategies: Strategies,
  { formatPosition, now, templateFaults }: StrategyRoutesOptions,
): void {
  app.put<{ Body: ReceivedBody | undefined }>(
    '/v1/strategies/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'defineStrategy',
        summary: 'Defines a strategy, or replaces it as a whole',
        description:
          'Holds for what is decided from then on. With another `version` than the present one it is a 409.',
        tags: ['help'],
        params: jsonSchema(params, 'input'),
        body: jsonSchema(strategyBody, 'input'),
        response: { 200: jsonSchema(changedAnswer(strategy), 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId: by } = accessOf(request);
      const { id: strategyId } = parseParameters(params, request.params);
      parseParameters(noQuery, request.query);
      const { version, ...definition } = parseParameters(strategyBody, existingBody(request.body).value);
      const faults = templateFaults(definition);
      if (faults.length > 0) throw invalidParameters(faults);
      const data = { strategyId, version, definition, at: now(), by };
      const { inForce, position } = await strategies.execute(
        tenantId,
        { type: 'DefineStrategy', data },
        request.id,
      );
      return {
        data: toModel(inForce, strategyId),
        position: position === undefined ? null : formatPosition(position),
      };
    },
  );
  app.delete(
    '/v1/strategies/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'retireStrategy',
        summary: 'Retires a strategy: it decides nothing any more',
        description: 'What it decided before is still delivered and measured.',
        tags: ['help'],
        params: jsonSchema(params, 'input'),
        querystring: jsonSchema(read, 'input'),
        response: { 200: jsonSchema(retired, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId: by } = accessOf(request);
      const { id: strategyId } = parseParameters(params, request.params);
      const { version } = parseParameters(read, request.query);
      const { position } = await strategies.execute(
        tenantId,
        { type: 'RetireStrategy', data: { strategyId, version, at: now(), by } },
        request.id,
      );
      return { position: position === undefined ? null : formatPosition(position) };
    },
  );
}

/** @throws CodedError `not-found` */
function toModel(inForce: StrategiesInForce, id: string): StrategyModel {
  const { version, definition, changed } = knownStrategy(inForce, id);
  return {
    id,
    version,
    ...definition,
    changedAt: isoTimeOrNull(changed?.at),
    changedBy: changed?.by ?? null,
  };
}
