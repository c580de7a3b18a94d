import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AccessKeys } from '../../commands/accessKeys.js';
import { authorise } from '../auth.js';
import { problemResponses } from '../problems.js';
import { jsonSchema } from '../schema.js';

const settings = z.object({
  integrations: z.object({
    'Segment.io': z.object({ apiKey: z.string(), apiHost: z.string(), protocol: z.enum(['http', 'https']) }),
  }),
  plan: z.object({ track: z.object({ __default: z.object({ enabled: z.boolean() }) }) }),
});

/**
 * What `@segment/analytics-next` asks for when a page loads (`cdnURL`): which destinations there are, here only this
 * server. The key stands in the address, as the client has it.
 */
export function addSegmentSettings(scope: FastifyInstance, accessKeys: AccessKeys): void {
  scope.get<{ Params: { key: string } }>(
    '/v1/projects/:key/settings',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'readBrowserSettings',
        tags: ['ingestion'],
        summary: 'Settings of the browser SDK',
        security: [],
        params: jsonSchema(z.object({ key: z.string() }), 'input'),
        response: { 200: jsonSchema(settings, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      authorise(accessKeys, key, 'write');
      reply.header('cache-control', 'private, no-store');
      return {
        integrations: {
          'Segment.io': { apiKey: key, apiHost: `${request.host}/v1`, protocol: request.protocol },
        },
        plan: { track: { __default: { enabled: true } } },
      };
    },
  );
}
