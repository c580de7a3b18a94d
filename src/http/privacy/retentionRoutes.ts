import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { type RetentionModel, retention } from '../../queries/models/retention.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';

const nothing = z.strictObject({});
const answer = z.object({ data: retention });

/** Mounted without a prefix. */
export function retentionRoutes(read: (tenantId: string) => Promise<RetentionModel>): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (shown) => JSON.stringify(shown));
    app.get(
      '/v1/privacy/retention',
      {
        config: { access: 'privacy' },
        schema: {
          operationId: 'getRetention',
          summary: 'The periods, and what the last rounds of the retention job removed',
          tags: ['privacy'],
          response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        parseParameters(nothing, request.query);
        reply.header('cache-control', 'no-store');
        return { data: await read(accessOf(request).tenantId) };
      },
    );
  };
}
